import fc from 'fast-check';
import { fetch as undiciFetch } from 'undici';
import { describe, expect, it } from 'vitest';
import { wrapFetch } from '../../src/index.ts';
import { AT_ONCE } from './support/clients.ts';
import { recorder, type Recorder, type Seen } from './support/recorder.ts';

const OURS = ['x-attempt', 'idempotency-key', 'x-request-timeout-ms'];
const TIME: unknown = expect.stringMatching(/^\d+$/);
const PRIVATE = ['authorization', 'cookie', 'proxy-authorization'];

/** Where a redirect leads: to which of two servers, or by a location of its own. */
interface Step {
  readonly status: number;
  readonly server: 0 | 1;
  readonly form: 'whole' | 'relative' | 'utf-8' | 'fragment' | 'without';
}

interface Chain {
  readonly method: string;
  readonly body: string | undefined;
  readonly steps: readonly Step[];
  readonly asRequest: boolean;
  readonly final: number;
}

const chains: fc.Arbitrary<Chain> = fc.record({
  method: fc.constantFrom('GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'post'),
  body: fc.option(fc.constantFrom('order 1', 'ä'), { nil: undefined }),
  steps: fc.array(
    fc.record({
      status: fc.constantFrom(301, 302, 303, 307, 308, 300, 304),
      server: fc.constantFrom(0, 1),
      form: fc.constantFrom('whole', 'whole', 'relative', 'utf-8', 'fragment', 'without'),
    }),
    { maxLength: 5 },
  ),
  asRequest: fc.boolean(),
  final: fc.constantFrom(200, 404, 204),
});

/** Two servers of which either sends a request on as the chain in its path says. */
const twoServers = async (): Promise<readonly [Recorder, Recorder]> => {
  const urls: string[] = [];
  const answer: Parameters<typeof recorder>[0] = (response, { path }) => {
    const chain = JSON.parse(
      decodeURIComponent(new URL(path, 'http://x').searchParams.get('chain') ?? ''),
    ) as Pick<Chain, 'steps' | 'final'>;
    const [step, ...steps] = chain.steps;
    if (step === undefined) {
      response.writeHead(chain.final, { 'x-path': String(path.length) });
      response.end(chain.final === 204 ? undefined : 'the end');
      return;
    }
    const rest = encodeURIComponent(encodeURIComponent(JSON.stringify({ ...chain, steps })));
    const to = `/next?chain=${rest}`;
    const location = {
      whole: `${urls[step.server]}${to}`,
      relative: to.slice(1),
      'utf-8': Buffer.from(to.replace('/next', '/straße')).toString('latin1'),
      fragment: `${to}#part`,
      without: undefined,
    }[step.form];
    response.writeHead(step.status, location === undefined ? {} : { location }).end('moved');
  };
  const one = await recorder(answer);
  const two = await recorder(answer);
  urls.push(one.url, two.url);
  return [one, two];
};

/** What a server saw, but for our fields. */
const bare = ({ headers, ...seen }: Seen): unknown => ({
  ...seen,
  headers: Object.fromEntries(Object.entries(headers).filter(([name]) => !OURS.includes(name))),
});

type AnyFetch = (input: string | Request, init?: RequestInit) => Promise<Response>;

const askedBy = async (
  fetch: AnyFetch,
  url: string,
  { method, body, asRequest }: Chain,
): Promise<unknown> => {
  const headers = {
    authorization: 'Bearer secret',
    cookie: 'session=1',
    'x-tenant': 'a',
    'content-language': 'de',
    ...(body === undefined ? {} : { 'content-type': 'text/x-order' }),
  };
  const bodied = body !== undefined && !['GET', 'HEAD'].includes(method);
  const init = { method, headers, ...(bodied ? { body } : {}) };
  // The body of a Request is sent once, so that is compared without one.
  const call = asRequest && !bodied ? fetch(new Request(url, init)) : fetch(url, init);
  return call.then(
    async (response) => ({
      status: response.status,
      url: response.url,
      redirected: response.redirected,
      headers: [...response.headers].filter(([name]) => name !== 'date'),
      text: await response.text(),
    }),
    (error: unknown) => ({ failed: (error as Error).message }),
  );
};

const FETCHES: Record<string, AnyFetch> = {
  'the global fetch': globalThis.fetch,
  'undici’s fetch': undiciFetch as unknown as AnyFetch,
};

describe.each(Object.entries(FETCHES))('redirects that are followed for %s', (name, plain) => {
  const wrap = (...idempotentOrigins: readonly string[]): AnyFetch =>
    wrapFetch(plain, {
      deadline: { header: 'x-request-timeout-ms' },
      retry: { ...AT_ONCE, attempts: 1, attemptHeader: 'x-attempt', idempotentOrigins },
    }) as AnyFetch;
  const wrapped = wrap();

  it('end and look to the servers as those it follows itself', { timeout: 60_000 }, async () => {
    const servers = await twoServers();
    const ours = wrap(servers[0].url);
    let crossed = 0;
    const property = async (chain: Chain): Promise<void> => {
      // undici's own fetch takes no Request of Node's.
      const { steps, final } = chain;
      const asRequest = chain.asRequest && name === 'the global fetch';
      const query = encodeURIComponent(encodeURIComponent(JSON.stringify({ steps, final })));
      const url = `${servers[0].url}/?chain=${query}`;
      const before = servers.map(({ seen }) => seen.length);
      const expected = await askedBy(plain, url, { ...chain, asRequest });
      const between = servers.map(({ seen }) => seen.length);
      const got = await askedBy(ours, url, { ...chain, asRequest });
      expect(got).toEqual(expected);
      servers.forEach(({ seen }, index) => {
        const byPlain = seen.slice(before[index], between[index]);
        const byWrapped = seen.slice(between[index]);
        expect(byWrapped.map(bare)).toEqual(byPlain.map(bare));
      });
      for (const { headers } of servers[1].seen.slice(between[1])) {
        crossed++;
        for (const field of [...OURS, ...PRIVATE]) expect(headers).not.toHaveProperty(field);
      }
      const first = servers[0].seen[between[0] ?? 0]?.headers ?? {};
      expect(first).toMatchObject({ 'x-attempt': '1', 'x-request-timeout-ms': TIME });
      const keyed = /^(post|patch)$/i.test(chain.method);
      expect('idempotency-key' in first).toBe(keyed);
    };
    await fc.assert(fc.asyncProperty(chains, property), { numRuns: 150 });
    expect(crossed).toBeGreaterThan(0);
  });

  it('are twenty at most', async () => {
    for (const fetch of [plain, wrapped]) {
      const { url, seen } = await recorder((response, _, count) => {
        response.writeHead(302, { location: `/${count}` }).end();
      });
      await expect(fetch(url)).rejects.toMatchObject({
        name: 'TypeError',
        message: 'fetch failed',
        cause: expect.any(Error) as Error,
      });
      expect(seen.length).toBe(21);
    }
  });

  it.each(['data:text/plain,paid', 'ftp://a.example/', 'http://me:secret@127.0.0.1:9/', 'http://'])(
    'do not lead to %s',
    async (location) => {
      const { url } = await recorder((response) => response.writeHead(302, { location }).end());
      for (const fetch of [plain, wrapped])
        await expect(fetch(url)).rejects.toMatchObject({ message: 'fetch failed' });
    },
  );

  it.each(['manual', 'error'] as const)('are left to the caller who says %s', async (redirect) => {
    const target = await recorder((response) => response.end('never'));
    const { url } = await recorder((response) => {
      response.writeHead(302, { location: target.url }).end();
    });
    const ends = await Promise.all(
      [plain, wrapped].map((fetch) =>
        fetch(url, { redirect }).then(
          ({ status, headers }) => [status, headers.get('location')],
          (error: unknown) => (error as Error).message,
        ),
      ),
    );
    expect(ends[1]).toEqual(ends[0]);
    expect(target.seen).toEqual([]);
  });

  it('let the connections of all but the last response go', async () => {
    const { url, sockets } = await recorder((response, _, count) => {
      if (count % 6 === 0) response.end('the end');
      else response.writeHead(302, { location: `/${count}` }).write('an endless explanation');
    });
    for (let call = 0; call < 5; call++) expect(await (await wrapped(url)).text()).toBe('the end');
    await expect.poll(() => sockets.size).toBeLessThanOrEqual(2);
  });
});

it('a body that a function makes is made anew for each hop that takes it', async () => {
  const { url, seen } = await recorder((response, { path }) => {
    if (path === '/') response.writeHead(308, { location: '/moved' }).end();
    else response.end('paid');
  });
  const fetch = wrapFetch(globalThis.fetch, { retry: { attemptHeader: 'x-attempt' } });
  let made = 0;
  const body = (): ReadableStream => new Blob([`order ${++made}`]).stream();
  const response = await fetch(url, { method: 'PUT', body, duplex: 'half' });
  expect(await response.text()).toBe('paid');
  expect(seen.map((request) => request.body)).toEqual(['order 1', 'order 2']);
});

it('a stream cannot be sent on, and the call fails as it does for fetch', async () => {
  const { url, seen } = await recorder((response) => {
    response.writeHead(307, { location: '/moved' }).end();
  });
  const deadline = { header: 'x-request-timeout-ms' } as const;
  const fetch = wrapFetch(globalThis.fetch, { deadline, retry: AT_ONCE });
  for (const each of [globalThis.fetch, fetch] as AnyFetch[]) {
    const init = { method: 'PUT', body: new Blob(['x']).stream(), duplex: 'half' } as const;
    await expect(each(url, init)).rejects.toThrow('fetch failed');
  }
  expect(seen.length).toBe(2);
});
