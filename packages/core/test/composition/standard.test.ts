import { expect, test } from 'vitest';
import { consecutive, fallback, pipeline, standardPipeline } from '../../src/index.ts';
import { hang, listenersOn, untilAborted } from '../support/calls.ts';
import { boom, gone, Kit, rejectedWith } from './kit.ts';

const stockOf = ({ clock }: Kit) =>
  standardPipeline({
    name: 'stock',
    deadline: { deadlineMs: 1_000 },
    retry: { backoff: { kind: 'constant', baseMs: 100, jitter: 'none' } },
    breaker: { trip: consecutive(3), open: { baseMs: 1_000, jitter: 0 }, halfOpen: { probes: 1 } },
    rateLimit: { rate: 1_000, burst: 10 },
    bulkhead: { concurrency: 2, queue: 1, maxWaitMs: 500 },
    timeout: { timeoutMs: 100 },
    clock,
  });

test('standard pipeline: a dependency that hangs opens the circuit, which turns all away and closes again', async () => {
  const kit = new Kit();
  const stock = stockOf(kit);
  const hung = kit.begin(stock, hang);
  await kit.clock.advanceAsync(1_000);
  expect(await hung.result).toMatchObject(rejectedWith('HF_TIMEOUT', 'stock'));
  expect(hung.startedAt).toEqual([0, 200, 400]);
  expect(stock.policies.breaker?.state).toBe('OPEN');
  const turnedAway = kit.begin(stock, hang);
  expect(await turnedAway.result).toMatchObject(rejectedWith('HF_CIRCUIT_OPEN', 'stock'));
  expect(turnedAway.contexts).toHaveLength(0);
  await kit.clock.advanceAsync(1_000);
  expect(await kit.begin(stock, () => 'back').result).toEqual({ ok: true, value: 'back' });
  expect(stock.policies.breaker?.state).toBe('CLOSED');
});

test('standard pipeline: more calls than it holds are turned away by the bulkhead, and the circuit stays closed', async () => {
  const kit = new Kit();
  const stock = stockOf(kit);
  const calls = Array.from({ length: 6 }, (_, call) =>
    kit.begin(stock, async () => {
      await new Promise<void>((resolve) => {
        kit.clock.setTimer(resolve, 50);
      });
      return call;
    }),
  );
  await kit.clock.advanceAsync(200);
  const results = await Promise.all(calls.map(({ result }) => result));
  expect(results.slice(0, 3)).toEqual([0, 1, 2].map((value) => ({ ok: true, value })));
  for (const result of results.slice(3)) {
    expect(result).toMatchObject(rejectedWith('HF_BULKHEAD_FULL', 'stock'));
  }
  const { breaker, bulkhead, rateLimit } = stock.policies;
  expect(breaker?.snapshot()).toMatchObject({ state: 'CLOSED', counters: { ignored: 3 } });
  expect(bulkhead?.snapshot()).toMatchObject({ inFlight: 0, waiting: 0, admitted: 3, refused: 3 });
  expect(rateLimit?.snapshot()).toMatchObject({ admitted: 6, unsent: 3 });
});

test('standard pipeline: the deadline ends attempts, sleeps and waits alike, and an abort does', async () => {
  const kit = new Kit();
  const stock = stockOf(kit);
  stock.policies.timeout?.update({ timeoutMs: 450 });
  const late = kit.begin(stock, hang);
  const aborted = kit.begin(stock, untilAborted);
  const queued = kit.begin(stock, untilAborted);
  await kit.clock.advanceAsync(100);
  aborted.caller.abort(gone);
  expect(await aborted.result).toEqual({ ok: false, error: gone });
  await kit.clock.advanceAsync(900);
  for (const { result } of [late, queued]) {
    expect(await result).toMatchObject(rejectedWith('HF_DEADLINE_EXCEEDED', 'stock'));
  }
  // The one in its second attempt, the other asleep before it.
  expect([late.startedAt, queued.startedAt]).toEqual([
    [0, 550],
    [100, 650],
  ]);
  expect([late.settledAt, queued.settledAt]).toEqual([1_000, 1_000]);
  expect(stock.policies.bulkhead?.snapshot()).toMatchObject({ inFlight: 0, waiting: 0 });
  for (const { caller } of kit.begun) expect(listenersOn(caller.signal)).toBe(0);
});

test('fallback → standard pipeline: answers whatever comes of it', async () => {
  const kit = new Kit();
  const stock = stockOf(kit);
  const stack = pipeline(fallback({ value: 'instead' }), stock);
  const failing = kit.begin(stack, () => Promise.reject(boom));
  await kit.clock.advanceAsync(1_000);
  stock.policies.breaker?.isolate('drill');
  const refused = kit.begin(stack, () => 'never');
  for (const { result } of [failing, refused]) {
    expect(await result).toEqual({ ok: true, value: 'instead' });
  }
  expect(failing.contexts).toHaveLength(3);
});
