import { expect, test } from 'vitest';
import { pipeline } from '../../src/index.ts';
import { hang, untilAborted } from '../support/calls.ts';
import { boom, expectNothingLeft, Kit, rejectedWith } from './kit.ts';

test('retry → bulkhead: HF_BULKHEAD_FULL is not retried, at once or after a wait', async () => {
  const kit = new Kit();
  const [again, slots] = [kit.retry(), kit.bulkhead({ queue: 1, maxWaitMs: 300 })];
  const stack = pipeline(again, slots);
  const slot = slots.tryAcquire();
  const all = [kit.begin(stack, hang), kit.begin(stack, hang)];
  await kit.clock.advanceAsync(1_000);
  for (const { result, contexts } of all) {
    expect(await result).toMatchObject(rejectedWith('HF_BULKHEAD_FULL'));
    expect(contexts).toHaveLength(0);
  }
  expect(all.map(({ settledAt }) => settledAt)).toEqual([300, 0]);
  expect(again.snapshot()).toMatchObject({ retries: 0, exhausted: 0 });
  if (slot.admitted) slot.release();
  await expectNothingLeft(kit);
});

test('retry → bulkhead → timeout: between two attempts the slot is another’s', async () => {
  const kit = new Kit();
  const slots = kit.bulkhead({ queue: 1, maxWaitMs: 10_000 });
  const stack = pipeline(kit.retry(), slots, kit.timeout(100));
  const first = kit.begin(stack, ({ attempt }) => (attempt === 1 ? Promise.reject(boom) : 'first'));
  await kit.clock.advanceAsync(50);
  const second = kit.begin(stack, untilAborted);
  await kit.clock.advanceAsync(70);
  // Its second attempt waits for the slot until the other’s timeout.
  expect(slots.snapshot()).toMatchObject({ inFlight: 1, waiting: 1 });
  await kit.clock.advanceAsync(30);
  expect(await first.result).toEqual({ ok: true, value: 'first' });
  expect(first.startedAt).toEqual([0, 150]);
  await kit.clock.advanceAsync(1_000);
  expect(await second.result).toMatchObject(rejectedWith('HF_TIMEOUT'));
  await expectNothingLeft(kit);
});

test('bulkhead → timeout: the time in the queue is no part of the timeout', async () => {
  const kit = new Kit();
  const stack = pipeline(kit.bulkhead({ queue: 2 }), kit.timeout(100));
  const all = [kit.begin(stack, hang), kit.begin(stack, hang), kit.begin(stack, hang)];
  await kit.clock.advanceAsync(300);
  expect(all.map(({ settledAt }) => settledAt)).toEqual([100, 200, 300]);
  await expectNothingLeft(kit);
});

test('timeout → bulkhead: here it is, and who waits is not sent', async () => {
  const kit = new Kit();
  const stack = pipeline(kit.timeout(100), kit.bulkhead({ queue: 2 }));
  const all = [kit.begin(stack, hang), kit.begin(stack, hang), kit.begin(stack, hang)];
  await kit.clock.advanceAsync(300);
  expect(all.map(({ settledAt }) => settledAt)).toEqual([100, 100, 100]);
  expect(all.map(({ contexts }) => contexts.length)).toEqual([1, 0, 0]);
  await expectNothingLeft(kit);
});

test('timeout → rate limit (waiting): a wait that the timeout ends uses no rate', async () => {
  const kit = new Kit();
  const limit = kit.rateLimit({ rate: 1, burst: 1, maxWaitMs: 5_000 });
  const stack = pipeline(kit.timeout(600), limit);
  limit.take();
  const first = kit.begin(stack, () => 'first');
  await kit.clock.advanceAsync(600);
  expect(await first.result).toMatchObject(rejectedWith('HF_TIMEOUT'));
  expect(limit.snapshot().waiting).toBe(0);
  const second = kit.begin(stack, () => 'second');
  await kit.clock.advanceAsync(400);
  expect(await second.result).toEqual({ ok: true, value: 'second' });
  expect(limit.snapshot()).toMatchObject({ waiting: 0, admitted: 2, aborted: 1 });
  await expectNothingLeft(kit);
});

test('retry → rate limit (waiting) → timeout: every attempt takes a turn of its own', async () => {
  const kit = new Kit();
  const limit = kit.rateLimit({ rate: 1, burst: 1, maxWaitMs: 5_000 });
  const stack = pipeline(kit.retry(), limit, kit.timeout(100));
  const begun = kit.begin(stack, hang);
  await kit.clock.advanceAsync(5_000);
  expect(begun.startedAt).toEqual([0, 1_000, 2_000]);
  expect(await begun.result).toMatchObject(rejectedWith('HF_TIMEOUT'));
  expect(limit.snapshot()).toMatchObject({ admitted: 3, unsent: 0 });
  await expectNothingLeft(kit);
});

test('rate limit → retry → timeout: one turn does for all attempts', async () => {
  const kit = new Kit();
  const limit = kit.rateLimit();
  const begun = kit.begin(pipeline(limit, kit.retry(), kit.timeout(100)), hang);
  await kit.clock.advanceAsync(5_000);
  expect(begun.startedAt).toEqual([0, 200, 400]);
  expect(limit.snapshot()).toMatchObject({ admitted: 1 });
  await expectNothingLeft(kit);
});

test('rate limit → bulkhead: who waits for the rate holds no slot', async () => {
  const kit = new Kit();
  const [limit, slots] = [kit.rateLimit({ rate: 1, burst: 1, maxWaitMs: 5_000 }), kit.bulkhead()];
  const stack = pipeline(limit, slots);
  limit.take();
  const waiting = kit.begin(stack, () => 'waited');
  expect(slots.snapshot().inFlight).toBe(0);
  expect(await kit.begin(slots, () => 'at once').result).toEqual({ ok: true, value: 'at once' });
  await kit.clock.advanceAsync(1_000);
  expect(await waiting.result).toEqual({ ok: true, value: 'waited' });
  await expectNothingLeft(kit);
});

test('rate limit → bulkhead → timeout: each tenant has a rate, and all of them the slots', async () => {
  const kit = new Kit();
  const [limit, slots] = [kit.rateLimit(), kit.bulkhead({ concurrency: 2 })];
  const stack = pipeline(limit, slots, kit.timeout(100));
  const calls = ['one', 'one', 'two', 'three'].map((key) => kit.begin(stack, hang, { key }));
  await kit.clock.advanceAsync(100);
  const codes = await Promise.all(calls.map(async ({ result }) => await result));
  expect(codes).toMatchObject([
    rejectedWith('HF_TIMEOUT'),
    rejectedWith('HF_RATE_LIMITED'),
    rejectedWith('HF_TIMEOUT'),
    rejectedWith('HF_BULKHEAD_FULL'),
  ]);
  expect(limit.snapshot()).toMatchObject({ keys: 3, admitted: 3, refused: 1, unsent: 1 });
  await expectNothingLeft(kit);
});

test('bulkhead (priority) → timeout: the priority of the caller decides who is served', async () => {
  const kit = new Kit();
  const slots = kit.bulkhead({ queue: 2, order: 'priority' });
  const stack = pipeline(kit.retry(), slots, kit.timeout(100));
  const slot = slots.tryAcquire();
  const low = kit.begin(stack, () => 'low', { priority: 0 });
  const middle = kit.begin(stack, () => 'middle', { priority: 1 });
  const high = kit.begin(stack, () => 'high', { priority: 2 });
  expect(await low.result).toMatchObject(rejectedWith('HF_BULKHEAD_FULL'));
  await kit.clock.advanceAsync(50);
  if (slot.admitted) slot.release();
  expect(await middle.result).toEqual({ ok: true, value: 'middle' });
  expect(await high.result).toEqual({ ok: true, value: 'high' });
  await expectNothingLeft(kit);
});
