import { countWindow, isRefusal } from '@holdfast/core';
import { virtualClock } from '@holdfast/core/testing';
import { describe, expect, it } from 'vitest';
import { wrapFetch, type WrapOptions } from '../../src/index.ts';
import { AT_ONCE, CLIENTS } from './support/clients.ts';
import { answersWith } from './support/recorder.ts';

const FRAGILE: WrapOptions = {
  retry: false,
  breaker: { trip: countWindow({ size: 1, failureRate: 1 }), open: { baseMs: 60_000 } },
};

describe.each(CLIENTS)('the key of %s', (_, clientWith) => {
  it('null leaves a call alone', async () => {
    const { url, seen } = await answersWith(503);
    const retry = { ...AT_ONCE, attemptHeader: 'x-attempt', idempotentOrigins: [url] };
    const deadline = { deadlineMs: 1, header: 'x-request-timeout-ms' } as const;
    const client = clientWith({ ...FRAGILE, key: () => null, retry, deadline });
    for (let call = 0; call < 3; call++)
      expect(await (await client.call(url, { method: 'POST' })).text()).toMatch(/^answer/);
    expect(seen.length).toBe(3);
    for (const name of ['x-attempt', 'idempotency-key', 'x-request-timeout-ms'])
      for (const { headers } of seen) expect(headers).not.toHaveProperty(name);
  });

  it('is made of what the caller asks for', async () => {
    const { url } = await answersWith(503);
    const asked: unknown[] = [];
    const key: WrapOptions['key'] = (request) => {
      asked.push([String(request.origin), request.path, request.method]);
      return request.path.split('/')[1] ?? null;
    };
    const client = clientWith({ ...FRAGILE, key });
    expect((await client.call(`${url}/orders/1?page=2`)).status).toBe(503);
    expect((await client.call(`${url}/users/1`, { method: 'PUT', body: 'x' })).status).toBe(503);
    expect(asked).toEqual([
      [url, '/orders/1?page=2', 'GET'],
      [url, '/users/1', 'PUT'],
    ]);
    await expect(client.call(`${url}/orders/2`)).rejects.toSatisfy(isRefusal);
    expect(client.policies('orders').breaker?.state).toBe('OPEN');
  });

  it('that is neither text nor null rejects the call', async () => {
    const { url, seen } = await answersWith(200);
    const client = clientWith({ key: () => 7 as unknown as string });
    await expect(client.call(url)).rejects.toMatchObject({ code: 'HF_INVALID_OPTION' });
    expect(seen).toEqual([]);
  });
});

it('100,000 keys that somebody else chooses stay within maxKeys, and no open circuit is forgotten', async () => {
  let good = 0;
  const answer = (input: string): Promise<Response> => {
    if (!input.includes('bad')) good++;
    return Promise.resolve(new Response(null, { status: input.includes('bad') ? 503 : 200 }));
  };
  const fetch = wrapFetch(answer, { ...FRAGILE, maxKeys: 50 });
  for (let host = 0; host < 20; host++) await fetch(`http://bad-${host}.example/`);
  for (let host = 0; host < 100_000; host++) await fetch(`http://host-${host}.example/`);
  expect(fetch.policies.size).toBe(50);
  expect(good).toBe(100_000);
  for (let host = 0; host < 20; host++)
    await expect(fetch(`http://bad-${host}.example/`)).rejects.toSatisfy(isRefusal);
}, 120_000);

it('hosts beyond maxKeys that fail share policies that refuse nobody', async () => {
  let calls = 0;
  const failing: (input: string) => Promise<Response> = () => {
    calls++;
    return Promise.resolve(new Response(null, { status: 503 }));
  };
  const limits = { bulkhead: { concurrency: 1 }, rateLimit: { quota: 1, windowMs: 60_000 } };
  const fetch = wrapFetch(failing, { ...FRAGILE, ...limits, maxKeys: 2 });
  for (let host = 0; host < 40; host++) await fetch(`http://bad-${host}.example/`);
  expect(calls).toBe(40);
  expect([fetch.policies.size, fetch.policies.overflows]).toEqual([2, 38]);
  const crowd = Array.from({ length: 5 }, () => fetch('http://bad-30.example/'));
  expect((await Promise.all(crowd)).map(({ status }) => status)).toEqual([503, 503, 503, 503, 503]);
});

it('an isolated circuit is not forgotten for a newcomer, nor one that is open for long', async () => {
  const clock = virtualClock();
  const answer = (): Promise<Response> => Promise.resolve(new Response());
  const call = wrapFetch(answer, { ...FRAGILE, retry: false, maxKeys: 2, clock });
  call.policies.get('http://isolated.example').policies.breaker?.isolate('maintenance');
  call.policies.get('http://open.example').policies.breaker?.open(3_600_000);
  clock.advance(700_000);
  for (let host = 0; host < 9; host++) await call(`http://${host}.example/`);
  await expect(call('http://isolated.example/')).rejects.toSatisfy(isRefusal);
  await expect(call('http://open.example/')).rejects.toSatisfy(isRefusal);
});
