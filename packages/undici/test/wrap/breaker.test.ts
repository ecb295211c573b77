import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { createServer } from 'node:http';
import { countWindow, isRefusal } from '@holdfast/core';
import { request } from 'undici';
import { describe, expect, it } from 'vitest';
import { wrapFetch, wrapRequest, type WrapOptions } from '../../src/index.ts';
import { listen } from '../origin.ts';
import { AT_ONCE, CLIENTS, type Client } from './support/clients.ts';
import { answersWith, recorder } from './support/recorder.ts';

const TWO_FAIL = countWindow({ size: 2, failureRate: 1 });

/** Opens at the second failure; every call is one attempt. */
const ONE_ATTEMPT: WrapOptions = { retry: false, breaker: { trip: TWO_FAIL } };

const NOTHING = { successes: 0, failures: 0, ignored: 0, inFlight: 0 };

const verdicts = (client: Client, url: string): typeof NOTHING | undefined => {
  const snapshot = client.policies(url).breaker?.snapshot();
  if (snapshot === undefined) return undefined;
  const { successes, failures, ignored } = snapshot.counters;
  return { successes, failures, ignored, inFlight: snapshot.inFlight };
};

const nowhere = async (): Promise<string> => {
  const server = createServer();
  const url = await listen(server);
  server.close();
  await once(server, 'close');
  return url;
};

const hangs = async (): Promise<string> => (await recorder(() => undefined)).url;

const refuses = async (client: Client, url: string): Promise<void> => {
  const error: unknown = await client.call(url).catch((thrown: unknown) => thrown);
  expect(isRefusal(error) && error.code).toBe('HF_CIRCUIT_OPEN');
};

describe.each(CLIENTS)('the circuit round %s', (_, clientWith) => {
  it('opens by statuses, and then no call arrives', async () => {
    const { url, seen } = await answersWith(500);
    const client = clientWith(ONE_ATTEMPT);
    for (let call = 0; call < 2; call++)
      expect(await (await client.call(url)).text()).toMatch(/^answer/);
    for (let call = 0; call < 3; call++) await refuses(client, url);
    expect(seen.length).toBe(2);
    expect(verdicts(client, url)).toEqual({ ...NOTHING, failures: 2 });
  });

  it('opens by connections that are refused', async () => {
    const url = await nowhere();
    const client = clientWith(ONE_ATTEMPT);
    for (let call = 0; call < 2; call++)
      await expect(client.call(url)).rejects.toBeInstanceOf(Error);
    await refuses(client, url);
    expect(verdicts(client, url)).toEqual({ ...NOTHING, failures: 2 });
  });

  it('opens by the timeout of each attempt', async () => {
    const url = await hangs();
    const client = clientWith({ ...ONE_ATTEMPT, timeout: { timeoutMs: 20 } });
    for (let call = 0; call < 2; call++)
      await expect(client.call(url)).rejects.toMatchObject({ code: 'HF_TIMEOUT' });
    await refuses(client, url);
    expect(verdicts(client, url)).toEqual({ ...NOTHING, failures: 2 });
  });

  it('opens by a timeout of the caller’s', async () => {
    const url = await hangs();
    const client = clientWith(ONE_ATTEMPT);
    for (let call = 0; call < 2; call++) {
      const signal = AbortSignal.timeout(20);
      await expect(client.call(url, { signal })).rejects.toMatchObject({ name: 'TimeoutError' });
    }
    await refuses(client, url);
    expect(verdicts(client, url)).toEqual({ ...NOTHING, failures: 2 });
  });

  it('learns nothing from a caller who gives up before the headers', async () => {
    const url = await hangs();
    const client = clientWith(ONE_ATTEMPT);
    for (let call = 1; call <= 3; call++) {
      const controller = new AbortController();
      const answer = client.call(url, { signal: controller.signal });
      setTimeout(() => controller.abort(), 10);
      await expect(answer).rejects.toMatchObject({ name: 'AbortError' });
      expect(verdicts(client, url)).toEqual({ ...NOTHING, ignored: call });
    }
  });

  it('sends nothing for a caller who has given up already', async () => {
    const { url, seen } = await answersWith(200);
    const reason = new Error('too late');
    const client = clientWith(ONE_ATTEMPT);
    await expect(client.call(url, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    expect(seen).toEqual([]);
  });

  it('calls 404 an answer, and what the user calls a failure one', async () => {
    const { url } = await answersWith(404);
    const client = clientWith(ONE_ATTEMPT);
    for (let call = 0; call < 3; call++) await (await client.call(url)).text();
    expect(verdicts(client, url)).toEqual({ ...NOTHING, successes: 3 });
    const breaker = { trip: TWO_FAIL, failureStatus: (status: number) => status === 404 };
    const strict = clientWith({ ...ONE_ATTEMPT, breaker });
    for (let call = 0; call < 2; call++) await (await strict.call(url)).text();
    await refuses(strict, url);
  });

  it('stays open as long as Retry-After asks', async () => {
    const { url } = await recorder((response) => {
      response.writeHead(503, { 'retry-after': '50' }).end();
    });
    const client = clientWith(ONE_ATTEMPT);
    for (let call = 0; call < 2; call++) await (await client.call(url)).text();
    const { retryAfterMs } = client.policies(url).breaker?.snapshot() ?? {};
    expect(retryAfterMs).toBeGreaterThan(49_000);
  });

  it('sees every attempt, and an open one ends the repetition', async () => {
    const { url, seen } = await answersWith(500);
    const client = clientWith({ retry: { ...AT_ONCE, attempts: 5 }, breaker: ONE_ATTEMPT.breaker });
    await refuses(client, url);
    expect(seen.length).toBe(2);
  });

  it('is each origin’s own', async () => {
    const bad = await answersWith(500);
    const good = await answersWith(200);
    const client = clientWith(ONE_ATTEMPT);
    for (let call = 0; call < 2; call++) await (await client.call(bad.url)).text();
    await refuses(client, bad.url);
    expect((await client.call(good.url)).status).toBe(200);
  });

  it('is left behind with no call in flight by any mixture of endings', async () => {
    const { url } = await recorder((response, { path }) => {
      if (path === '/reset') response.socket?.resetAndDestroy();
      else if (path !== '/hang') response.writeHead(path === '/bad' ? 500 : 200).end();
    });
    const client = clientWith({ breaker: { trip: countWindow({ size: 1_000 }) } });
    const paths = ['/good', '/bad', '/reset', '/hang'];
    const calls = Array.from({ length: 40 }, async (__, index) => {
      const signal = AbortSignal.timeout(300);
      await (await client.call(url + paths[index % 4], { signal })).text();
    });
    await Promise.allSettled(calls);
    expect(verdicts(client, url)?.inFlight).toBe(0);
    expect(client.policies(url).bulkhead?.snapshot().inFlight).toBe(0);
  });
});

describe('what fetch itself says of a call is no word on the server, and is not tried again', () => {
  it.each([
    ['a redirect that the caller ruled out', '/moved', { redirect: 'error' }, 1],
    ['a body that is not the one expected', '/', { integrity: 'sha256-AAAA' }, 1],
    ['redirects without an end', '/loop', {}, 21],
  ] as const)('%s', async (_, path, init, arrivals) => {
    const { url, seen } = await recorder((response, { path: asked }) => {
      if (asked === '/') response.end('body');
      else response.writeHead(302, { location: asked === '/moved' ? '/' : '/loop' }).end();
    });
    const call = wrapFetch(fetch, { breaker: { trip: TWO_FAIL }, retry: AT_ONCE });
    for (let time = 0; time < 3; time++)
      await expect(call(url + path, init)).rejects.toThrow('fetch failed');
    expect(seen.length).toBe(3 * arrivals);
    const circuit = call.policies.get(url).policies.breaker;
    expect(circuit?.snapshot()).toMatchObject({ state: 'CLOSED', counters: { ignored: 3 } });
  });

  it.each(['in the options', 'in a Request'])(
    'a redirect that a stream cannot follow, %s',
    async (where) => {
      const { url, seen } = await recorder((response) => {
        response.writeHead(307, { location: '/' }).end();
      });
      const call = wrapFetch(fetch, { breaker: { trip: TWO_FAIL }, retry: AT_ONCE });
      const body = new Blob(['order']).stream();
      const init = { method: 'PUT', body, duplex: 'half' } as RequestInit;
      const answer = where === 'in a Request' ? call(new Request(url, init)) : call(url, init);
      await expect(answer).rejects.toThrow('fetch failed');
      expect(seen.length).toBe(1);
      const circuit = call.policies.get(url).policies.breaker;
      expect(circuit?.snapshot().counters).toMatchObject({ failures: 0, ignored: 1 });
    },
  );

  it.each(['mailto:shop@example.com', 'http://127.0.0.1:1/'])('a call to %s', async (url) => {
    const call = wrapFetch(fetch, {
      breaker: { trip: TWO_FAIL },
      retry: AT_ONCE,
      key: () => 'all',
    });
    await expect(call(url)).rejects.toThrow('fetch failed');
    const circuit = call.policies.get('all').policies.breaker;
    expect(circuit?.snapshot().counters).toMatchObject({ failures: 0, ignored: 1 });
  });
});

it('a file that was to be sent is closed when the call is refused', async () => {
  const call = wrapRequest(request, { breaker: { trip: TWO_FAIL } });
  call.policies.get('http://127.0.0.1:1').policies.breaker?.isolate('maintenance');
  const body = createReadStream(import.meta.filename);
  await expect(call('http://127.0.0.1:1/', { method: 'PUT', body })).rejects.toSatisfy(isRefusal);
  expect(body.destroyed).toBe(true);
});
