import { madeHere } from './outcome.ts';

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

/** What `fetch` rejects with. */
export const fetchFailed = (reason: string, cause: object = new Error(reason)): TypeError =>
  new TypeError('fetch failed', { cause: madeHere(cause) });

const resolved = (location: string, base: URL): URL => {
  try {
    // Fields are read as Latin-1, and some servers write UTF-8 into them.
    return new URL(Buffer.from(location, 'latin1').toString('utf8'), base);
  } catch (error) {
    throw fetchFailed('the location is no URL', Object(error));
  }
};

const targetOf = (location: string, base: URL): URL => {
  const url = resolved(location, base);
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    throw fetchFailed('a redirect must lead to an HTTP(S) URL');
  if (url.username !== '' || url.password !== '')
    throw fetchFailed('a redirect must not carry credentials in its URL');
  return url;
};

export const isRedirect = (status: number, location: string | null): location is string =>
  location !== null && REDIRECTS.has(status);

/**
 * Where a redirect sends its request, by the rules of the Fetch standard (HTTP-redirect fetch), and
 * without the fields named in `ours` when that is another origin. Throws as `fetch` rejects, for a
 * location that it would not follow.
 */
export const nextHop = (
  hop: Hop,
  status: number,
  location: string,
  ours: readonly string[],
): Hop => {
  const url = targetOf(location, hop.url);
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
