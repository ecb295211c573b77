/** The part of a request that a redirect may change. */
export interface Hop {
  readonly url: URL;
  readonly method: string;
  readonly headers: Headers;
  /** Whether the body goes along. */
  readonly withBody: boolean;
}

const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/** What describes a body that no longer goes along. */
const OF_BODIES = [
  'content-encoding',
  'content-language',
  'content-length',
  'content-location',
  'content-type',
];

/** What is for one origin alone. */
const OF_ORIGINS = ['authorization', 'cookie', 'host', 'proxy-authorization'];

const becomesGet = (status: number, method: string): boolean =>
  status === 303 ? method !== 'GET' && method !== 'HEAD' : method === 'POST' && status < 303;

/**
 * Where a response sends its request, by the rules of the Fetch standard (HTTP-redirect fetch), and
 * without the fields named in `ours` when that is another origin. Undefined for a final response.
 */
export const nextHop = (
  hop: Hop,
  status: number,
  location: string | null,
  ours: readonly string[],
): Hop | undefined => {
  if (!REDIRECTS.has(status) || location === null) return undefined;
  const url = new URL(location, hop.url);
  const toGet = becomesGet(status, hop.method);
  const headers = new Headers(hop.headers);
  if (toGet) for (const name of OF_BODIES) headers.delete(name);
  if (url.origin !== hop.url.origin)
    for (const name of [...OF_ORIGINS, ...ours]) headers.delete(name);
  return {
    url,
    method: toGet ? 'GET' : hop.method,
    headers,
    withBody: hop.withBody && !toGet,
  };
};
