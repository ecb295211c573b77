import { bulkhead as bulkheadPolicy, rateLimit as rateLimitPolicy } from '@holdfast/core';
import { Agent, fetch, MockAgent, request, type Dispatcher, type Response } from 'undici';
import { describe, expect, it, vi } from 'vitest';
import { breaker, bulkhead, rateLimit, standard } from '../src/index.ts';
import { afterTest, circuitOf, origin } from './origin.ts';

const composed = (...interceptors: Dispatcher.DispatcherComposeInterceptor[]): Dispatcher => {
  const agent = new Agent();
  afterTest(() => agent.destroy());
  return agent.compose(...interceptors);
};

const caught = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => 'answered',
    (error: unknown) => (error instanceof TypeError ? error.cause : error),
  );

const text = (response: Response | Awaited<ReturnType<typeof request>>): Promise<string> =>
  'text' in response ? response.text() : response.body.text();

/** Answers when it is told to. */
const heldOrigin = async (): Promise<{ url: string; held: (() => void)[] }> => {
  const held: (() => void)[] = [];
  const url = await origin((_, response) => void held.push(() => response.end('ok')));
  return { url, held };
};

describe('a bulkhead', () => {
  it('refuses what finds no slot, and gives the slot to the next when the body is over', async () => {
    const { url, held } = await heldOrigin();
    const limit = bulkhead({ concurrency: 1 });
    const dispatcher = composed(limit);
    const first = request(url, { dispatcher });
    expect(await caught(request(url, { dispatcher }))).toMatchObject({ code: 'HF_BULKHEAD_FULL' });
    expect(await caught(fetch(url, { dispatcher }))).toMatchObject({ code: 'HF_BULKHEAD_FULL' });
    await vi.waitUntil(() => held.length === 1);
    held[0]?.();
    const { body } = await first;
    await body.text();
    expect(limit.bulkheads?.get(url).snapshot()).toMatchObject({ inFlight: 0, refused: 2 });
  });

  it('lets callers wait, in order, and one that gives up leaves at once', async () => {
    for (const call of [request, fetch] as const) {
      const { url, held } = await heldOrigin();
      const limit = bulkhead({ concurrency: 1, queue: 5 });
      const dispatcher = composed(limit);
      const first = call(url, { dispatcher });
      const controller = new AbortController();
      const leaver = caught(call(url, { dispatcher, signal: controller.signal }));
      const second = call(url, { dispatcher });
      await vi.waitUntil(() => held.length === 1);
      const snapshot = () => limit.bulkheads?.get(url).snapshot();
      expect(snapshot()).toMatchObject({ inFlight: 1, waiting: 2 });
      controller.abort(new Error('left'));
      expect(await leaver).toMatchObject({ message: 'left' });
      await vi.waitUntil(() => snapshot()?.waiting === 1);
      held[0]?.();
      await text(await first);
      await vi.waitUntil(() => held.length === 2);
      held[1]?.();
      expect(await text(await second)).toBe('ok');
    }
  });

  it('refuses one that waited too long', async () => {
    const { url, held } = await heldOrigin();
    const dispatcher = composed(bulkhead({ concurrency: 1, queue: 1, maxWaitMs: 20 }));
    const first = caught(request(url, { dispatcher }));
    await vi.waitUntil(() => held.length === 1);
    expect(await caught(request(url, { dispatcher }))).toMatchObject({ code: 'HF_BULKHEAD_FULL' });
    held[0]?.();
    expect(await first).toBe('answered');
  });

  it('each origin has its own, and one that is given is shared', async () => {
    const one = await heldOrigin();
    const other = await heldOrigin();
    const apart = composed(bulkhead({ concurrency: 1 }));
    const calls = [one, other].map(({ url }) => request(url, { dispatcher: apart }));
    await vi.waitUntil(() => one.held.length + other.held.length === 2);
    const shared = bulkheadPolicy({ concurrency: 1 });
    const together = composed(bulkhead(shared));
    const third = request(one.url, { dispatcher: together });
    expect(await caught(request(other.url, { dispatcher: together }))).toMatchObject({
      code: 'HF_BULKHEAD_FULL',
    });
    await vi.waitUntil(() => one.held.length === 2);
    for (const held of [...one.held, ...other.held]) held();
    for (const { body } of await Promise.all([...calls, third])) await body.dump();
    expect(shared.snapshot().inFlight).toBe(0);
  });

  it('holds no slot for ever for a body that nobody reads', async () => {
    const url = await origin((_, response) => void response.end(Buffer.alloc(4_000_000)));
    const limit = bulkhead({ concurrency: 1, unreadBodyMs: 30 });
    const { body } = await request(url, { dispatcher: composed(limit) });
    await vi.waitUntil(() => limit.bulkheads?.get(url).snapshot().inFlight === 0);
    expect((await body.arrayBuffer()).byteLength).toBe(4_000_000);
  });

  it.each([
    [{}, 'concurrency'],
    [{ concurrency: 1, holdUntil: 'finished' }, 'holdUntil'],
    [null, 'bulkhead'],
    [rateLimitPolicy({ rate: 1 }), 'bulkhead'],
    [{ concurrency: 1, unreadBodyMs: Number.NaN }, 'unreadBodyMs'],
  ])('names the wrong option of %o', (options, name) => {
    expect(() => bulkhead(options as never)).toThrow(name);
  });
});

describe('a rate limit', () => {
  const served = (): Promise<string> => origin((_, response) => response.end('ok'));

  it('refuses what is beyond it, for each origin by itself', async () => {
    const [one, other] = await Promise.all([served(), served()]);
    const dispatcher = composed(rateLimit({ quota: 1, windowMs: 60_000 }));
    await (await request(one, { dispatcher })).body.dump();
    const error = await caught(request(one, { dispatcher }));
    expect(error).toMatchObject({
      code: 'HF_RATE_LIMITED',
      retryAfterMs: expect.any(Number) as number,
    });
    expect(await (await request(other, { dispatcher })).body.text()).toBe('ok');
  });

  it('lets a call wait for its turn, and one that gives up leave the line', async () => {
    const url = await served();
    const limit = rateLimit({ rate: 20, burst: 1, maxWaitMs: 5_000 });
    const dispatcher = composed(limit);
    const controller = new AbortController();
    const begun = performance.now();
    const first = request(url, { dispatcher });
    const leaver = caught(request(url, { dispatcher, signal: controller.signal }));
    const second = request(url, { dispatcher });
    expect(limit.limit.snapshot().waiting).toBe(2);
    controller.abort(new Error('left'));
    expect(await leaver).toMatchObject({ message: 'left' });
    for (const { body } of await Promise.all([first, second])) await body.dump();
    expect(performance.now() - begun).toBeGreaterThanOrEqual(49);
    expect(limit.limit.snapshot()).toMatchObject({ waiting: 0, admitted: 2, aborted: 1 });
  });

  it('remembers no more keys than the set it is in', async () => {
    const set = standard({ maxKeys: 5, rateLimit: { rate: 1_000 } });
    const mock = new MockAgent();
    mock.disableNetConnect();
    afterTest(() => mock.close());
    const dispatcher = mock.compose(...set);
    for (let host = 0; host < 50; host++)
      await caught(request(`http://${host}.example/`, { dispatcher }));
    expect(set.policies.rateLimit?.snapshot().keys).toBeLessThanOrEqual(5);
    expect(set.policies.breaker?.get('http://49.example').snapshot().counters.failures).toBe(0);
  });

  it('gives a unit back for a request that was given up in a queue inside', async () => {
    const { url, held } = await heldOrigin();
    const limit = rateLimitPolicy({ quota: 2, windowMs: 60_000 });
    const slots = bulkhead({ concurrency: 1, queue: 1, maxWaitMs: 60_000 });
    const dispatcher = composed(slots, rateLimit(limit));
    const first = request(url, { dispatcher });
    const controller = new AbortController();
    const leaver = caught(request(url, { dispatcher, signal: controller.signal }));
    controller.abort(new Error('left'));
    expect(await leaver).toMatchObject({ message: 'left' });
    expect(limit.snapshot()).toMatchObject({ admitted: 2, unsent: 1 });
    await vi.waitUntil(() => held.length === 1);
    held[0]?.();
    await (await first).body.dump();
    expect(limit.snapshot().unsent).toBe(1);
  });

  it('gives a unit back for a request that a circuit inside refused', async () => {
    const url = await served();
    const circuit = circuitOf();
    circuit.open();
    const limit = rateLimitPolicy({ quota: 1, windowMs: 60_000 });
    const dispatcher = composed(breaker(circuit), rateLimit(limit));
    for (let call = 0; call < 3; call++)
      expect(await caught(request(url, { dispatcher }))).toMatchObject({ code: 'HF_CIRCUIT_OPEN' });
    expect(limit.snapshot()).toMatchObject({ unsent: 3, refused: 0 });
  });

  it.each([
    [{}, 'rate'],
    [{ rate: 1, cost: 2 }, 'cost'],
    [undefined, 'rateLimit'],
    [bulkheadPolicy({ concurrency: 1 }), 'rateLimit'],
    [{ rate: 1, key: 'origin' }, 'key'],
  ])('names the wrong option of %o', (options, name) => {
    expect(() => rateLimit(options as never)).toThrow(name);
  });
});
