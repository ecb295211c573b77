import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isRedirect, nextHop, type Hop } from '../../src/redirects.ts';

const OURS = ['idempotency-key', 'x-attempt', 'x-request-timeout-ms'];
const NAMES = [
  ...OURS,
  'authorization',
  'cookie',
  'proxy-authorization',
  'host',
  'content-type',
  'content-length',
  'content-encoding',
  'content-language',
  'content-location',
  'accept',
  'x-tenant',
];
const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'post', 'REPORT'];

const hops: fc.Arbitrary<Hop> = fc.record({
  url: fc.webUrl({ withFragments: true, withQueryParameters: true }).map((url) => new URL(url)),
  method: fc.constantFrom(...METHODS),
  headers: fc
    .subarray(NAMES)
    .map((names) => new Headers(names.map((name) => [name, `the ${name}`]))),
  withBody: fc.boolean(),
});

const locations = fc.oneof(
  fc.webUrl({ withFragments: true }),
  // Two slashes at the beginning would name a host.
  fc.webPath().map((path) => `/in${path}`),
  fc.constantFrom(
    '',
    '?page=2',
    '#part',
    '../up',
    '//elsewhere.example/x',
    'https://a.example:8443/',
  ),
);

const statuses = fc.constantFrom(301, 302, 303, 307, 308);

/** The standard's steps 12 and 13 of HTTP-redirect fetch, written as a table and not as a rule. */
const becomesGet = (status: number, method: string): boolean => {
  const kept: Record<number, (method: string) => boolean> = {
    301: (name) => name !== 'POST',
    302: (name) => name !== 'POST',
    303: (name) => ['GET', 'HEAD'].includes(name),
    307: () => true,
    308: () => true,
  };
  return kept[status]?.(method) === false;
};

const sameOrigin = (one: URL, other: URL): boolean =>
  one.protocol === other.protocol && one.hostname === other.hostname && one.port === other.port;

const namesOf = (headers: Headers): string[] => [...headers.keys()];

describe('the next hop', () => {
  it('is where the standard says, with its method', () => {
    fc.assert(
      fc.property(hops, statuses, locations, (hop, status, location) => {
        const next = nextHop(hop, status, location, OURS);
        expect(next.url.href).toBe(new URL(location, hop.url).href);
        expect(next.method).toBe(becomesGet(status, hop.method) ? 'GET' : hop.method);
      }),
    );
  });

  it('takes the body along exactly where the method stays', () => {
    fc.assert(
      fc.property(hops, statuses, locations, (hop, status, location) => {
        const next = nextHop(hop, status, location, OURS);
        expect(next.withBody).toBe(hop.withBody && !becomesGet(status, hop.method));
        if (!becomesGet(status, hop.method)) return;
        expect(namesOf(next.headers).filter((name) => name.startsWith('content-'))).toEqual([]);
      }),
    );
  });

  it('takes every field along but those the standard and we keep from it', () => {
    fc.assert(
      fc.property(hops, statuses, locations, (hop, status, location) => {
        const next = nextHop(hop, status, location, OURS);
        const crosses = !sameOrigin(next.url, hop.url);
        const dropped = (name: string): boolean =>
          (becomesGet(status, hop.method) && name.startsWith('content-')) ||
          (crosses && ['authorization', 'cookie', 'host', 'proxy-authorization'].includes(name)) ||
          (crosses && OURS.includes(name));
        expect(namesOf(next.headers)).toEqual(
          namesOf(hop.headers).filter((name) => !dropped(name)),
        );
        for (const [name, value] of next.headers) expect(value).toBe(`the ${name}`);
      }),
    );
  });

  it('never gives back on the way home what it took away on the way out', () => {
    const home = 'https://home.example/';
    fc.assert(
      fc.property(hops, statuses, statuses, (hop, out, back) => {
        const away = nextHop({ ...hop, url: new URL(home) }, out, 'https://away.example/', OURS);
        const again = nextHop(away, back, home, OURS);
        const secret = new Set([...OURS, 'authorization', 'cookie', 'proxy-authorization']);
        expect(namesOf(again.headers).filter((name) => secret.has(name))).toEqual([]);
      }),
    );
  });

  it('leaves the hop before as it was', () => {
    fc.assert(
      fc.property(hops, statuses, locations, (hop, status, location) => {
        const before = [hop.url.href, hop.method, hop.withBody, ...hop.headers].flat();
        nextHop(hop, status, location, OURS);
        expect([hop.url.href, hop.method, hop.withBody, ...hop.headers].flat()).toEqual(before);
      }),
    );
  });

  it('counts another port and another scheme as another origin', () => {
    const headers = new Headers({ 'x-attempt': '1' });
    const hop: Hop = { url: new URL('http://a.example/'), method: 'GET', headers, withBody: false };
    for (const location of ['https://a.example/', 'http://a.example:81/', 'http://b.a.example/'])
      expect(namesOf(nextHop(hop, 302, location, OURS).headers)).toEqual([]);
    expect(namesOf(nextHop(hop, 302, 'http://a.example:80/', OURS).headers)).toEqual(['x-attempt']);
  });

  it.each([
    ['a script', 'javascript:alert(1)', 'HTTP(S)'],
    ['data', 'data:text/plain,paid', 'HTTP(S)'],
    ['a file', 'file:///etc/passwd', 'HTTP(S)'],
    ['another protocol', 'ftp://a.example/', 'HTTP(S)'],
    ['no URL', 'http://', 'Invalid URL'],
    ['a name in the URL', 'http://me@a.example/', 'credentials'],
    ['a password in the URL', 'http://:secret@a.example/', 'credentials'],
  ])('is not %s: fails as fetch does', (_, location, message) => {
    const url = new URL('http://a.example/');
    const hop: Hop = { url, method: 'GET', headers: new Headers(), withBody: false };
    let thrown: unknown;
    try {
      nextHop(hop, 302, location, OURS);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toMatchObject({ name: 'TypeError', message: 'fetch failed' });
    expect(String((thrown as TypeError).cause)).toContain(message);
  });
});

it('a location in UTF-8, which fields cannot hold, is read as the server meant it', () => {
  const url = new URL('http://a.example/');
  const hop: Hop = { url, method: 'GET', headers: new Headers(), withBody: false };
  const field = Buffer.from('/straße').toString('latin1');
  expect(nextHop(hop, 302, field, []).url.pathname).toBe('/stra%C3%9Fe');
});

it('only five statuses redirect, and only with a location', () => {
  const all = Array.from({ length: 500 }, (_, index) => index + 100);
  expect(all.filter((status) => isRedirect(status, '/'))).toEqual([301, 302, 303, 307, 308]);
  expect(all.filter((status) => isRedirect(status, null))).toEqual([]);
  expect(isRedirect(302, '')).toBe(true);
});
