import { describe, expect, test } from 'vitest';
import { fallback, pipeline } from '../../src/index.ts';
import { admitted } from '../support/breaker.ts';
import { hang, untilAborted, userPolicy } from '../support/calls.ts';
import { hearWarnings } from '../support/warnings.ts';
import { boom, expectNothingLeft, Kit, rejectedWith } from './kit.ts';

const exceeded = rejectedWith('HF_DEADLINE_EXCEEDED', 'deadline');

describe('deadline → retry', () => {
  test('no sleep goes beyond the deadline: the last error comes at once instead', async () => {
    const kit = new Kit();
    const begun = kit.begin(pipeline(kit.deadline(250), kit.retry({ attempts: 9 })), () =>
      Promise.reject(boom),
    );
    await kit.clock.advanceAsync(1_000);
    expect(await begun.result).toEqual({ ok: false, error: boom });
    expect(begun.startedAt).toEqual([0, 100, 200]);
    expect(begun.settledAt).toBe(200);
    await expectNothingLeft(kit);
  });

  test('what is left of the time is told to every attempt', async () => {
    const kit = new Kit();
    const left: number[] = [];
    const begun = kit.begin(pipeline(kit.deadline(250), kit.retry()), (context) => {
      left.push(context.remainingMs());
      throw boom;
    });
    await kit.clock.advanceAsync(1_000);
    expect(left).toEqual([250, 150, 50]);
    expect(begun.deadlines).toEqual([250, 250, 250]);
    await expectNothingLeft(kit);
  });

  test('an attempt under way is ended when the deadline passes, and hears of it', async () => {
    const kit = new Kit();
    const begun = kit.begin(pipeline(kit.deadline(250), kit.retry()), (context) => {
      if (context.attempt === 1) throw boom;
      return untilAborted(context);
    });
    await kit.clock.advanceAsync(1_000);
    expect(await begun.result).toMatchObject(exceeded);
    expect(begun.settledAt).toBe(250);
    expect(begun.startedAt).toEqual([0, 100]);
    expect(begun.contexts[1]?.signal.reason).toMatchObject({ code: 'HF_DEADLINE_EXCEEDED' });
    await expectNothingLeft(kit);
  });
});

describe('deadline → retry → deadline', () => {
  test('each attempt has a nearer deadline of its own, and the whole the outer one', async () => {
    const kit = new Kit();
    const each = kit.deadline(100, 'each');
    const stack = pipeline(kit.deadline(450, 'whole'), kit.retry({ attempts: 9 }), each);
    const begun = kit.begin(stack, hang);
    await kit.clock.advanceAsync(1_000);
    expect(begun.startedAt).toEqual([0, 200, 400]);
    // The last would have had until 500.
    expect(begun.deadlines).toEqual([100, 300, 450]);
    expect(await begun.result).toMatchObject(rejectedWith('HF_DEADLINE_EXCEEDED'));
    expect(begun.settledAt).toBe(450);
    await expectNothingLeft(kit);
  });
});

describe('deadline → deadline', () => {
  test.each([
    [100, 300],
    [300, 100],
  ])('of %i ms and %i ms the nearer holds, and both know', async (outerMs, innerMs) => {
    const kit = new Kit();
    const stack = pipeline(kit.deadline(outerMs, 'outer'), kit.deadline(innerMs, 'inner'));
    const begun = kit.begin(stack, hang);
    await kit.clock.advanceAsync(1_000);
    expect(await begun.result).toMatchObject(rejectedWith('HF_DEADLINE_EXCEEDED'));
    expect(begun.deadlines[0]).toBe(100);
    expect(begun.settledAt).toBe(100);
    await expectNothingLeft(kit);
  });

  test('the caller’s own deadline is nearer still', async () => {
    const kit = new Kit();
    const stack = pipeline(kit.deadline(200, 'outer'), kit.deadline(300, 'inner'));
    const begun = kit.begin(stack, hang, { deadline: 50 });
    await kit.clock.advanceAsync(1_000);
    expect(await begun.result).toMatchObject(rejectedWith('HF_DEADLINE_EXCEEDED'));
    expect(begun.deadlines[0]).toBe(50);
    expect(begun.settledAt).toBe(50);
    await expectNothingLeft(kit);
  });
});

test('deadline → own → deadline: the nearer one reaches through a user’s own policy', async () => {
  const kit = new Kit();
  const stack = pipeline(kit.deadline(100, 'outer'), userPolicy(), kit.deadline(300, 'inner'));
  const begun = kit.begin(stack, untilAborted);
  await kit.clock.advanceAsync(1_000);
  expect(await begun.result).toMatchObject(rejectedWith('HF_DEADLINE_EXCEEDED'));
  expect(begun.deadlines[0]).toBe(100);
  expect(begun.settledAt).toBe(100);
  await expectNothingLeft(kit);
});

test('deadline → bulkhead (waiting): the call leaves the queue at the deadline, unsent', async () => {
  const kit = new Kit();
  const slots = kit.bulkhead({ queue: 1, maxWaitMs: 5_000 });
  const slot = slots.tryAcquire();
  const begun = kit.begin(pipeline(kit.deadline(200), slots), () => 'answer');
  await kit.clock.advanceAsync(199);
  expect(slots.snapshot().waiting).toBe(1);
  await kit.clock.advanceAsync(1);
  expect(await begun.result).toMatchObject(rejectedWith('HF_DEADLINE_EXCEEDED'));
  expect(begun.settledAt).toBe(200);
  expect(slots.snapshot()).toMatchObject({ inFlight: 1, waiting: 0 });
  if (slot.admitted) slot.release();
  expect(begun.contexts).toHaveLength(0);
  await expectNothingLeft(kit);
});

test('deadline → retry → bulkhead (waiting): a deadline in the queue is the end, not an attempt', async () => {
  const kit = new Kit();
  const [again, slots] = [kit.retry(), kit.bulkhead({ queue: 1, maxWaitMs: 5_000 })];
  const slot = slots.tryAcquire();
  const begun = kit.begin(pipeline(kit.deadline(200), again, slots), () => 'answer');
  await kit.clock.advanceAsync(5_000);
  expect(await begun.result).toMatchObject(rejectedWith('HF_DEADLINE_EXCEEDED'));
  expect(begun.settledAt).toBe(200);
  expect(again.snapshot()).toMatchObject({ retries: 0, exhausted: 0 });
  if (slot.admitted) slot.release();
  await expectNothingLeft(kit);
});

test.each([
  ['deadline → breaker → rate limit → bulkhead (waiting)', 'deadline'],
  ['timeout → breaker → rate limit → bulkhead (waiting)', 'timeout'],
] as const)(
  '%s: what was ended in the queue is no failure, and its unit is given back',
  async (_title, kind) => {
    const kit = new Kit();
    const [breaker, limit] = [
      kit.breaker({ blameAfterMs: 0 }),
      kit.rateLimit({ rate: 0.001, burst: 1 }),
    ];
    const slots = kit.bulkhead({ queue: 1, maxWaitMs: 5_000 });
    const slot = slots.tryAcquire();
    const begun = kit.begin(pipeline(kit[kind](200), breaker, limit, slots), () => 'answer');
    await kit.clock.advanceAsync(200);
    expect(await begun.result).toMatchObject({ ok: false });
    expect(begun.settledAt).toBe(200);
    expect(slots.snapshot()).toMatchObject({ inFlight: 1, waiting: 0 });
    expect(breaker.snapshot()).toMatchObject({
      state: 'CLOSED',
      counters: { failures: 0, ignored: 1 },
    });
    expect(limit.snapshot()).toMatchObject({ admitted: 1, unsent: 1 });
    expect(limit.take().admitted).toBe(true);
    if (slot.admitted) slot.release();
    await expectNothingLeft(kit);
  },
);

test('deadline → rate limit (waiting): who would wait beyond the deadline is refused at once', async () => {
  const kit = new Kit();
  const limit = kit.rateLimit({ rate: 1, burst: 1, maxWaitMs: 5_000 });
  limit.take();
  const early = kit.begin(pipeline(kit.deadline(999), limit), () => 'answer');
  expect(await early.result).toMatchObject(rejectedWith('HF_RATE_LIMITED'));
  expect(early.settledAt).toBe(0);
  const inTime = kit.begin(pipeline(kit.deadline(1_001), limit), () => 'answer');
  await kit.clock.advanceAsync(1_000);
  expect(await inTime.result).toEqual({ ok: true, value: 'answer' });
  expect(limit.snapshot()).toMatchObject({ waiting: 0, refused: 1 });
  await expectNothingLeft(kit);
});

test('deadline → breaker (overflow waits): the call leaves the line at the deadline', async () => {
  const kit = new Kit();
  const breaker = kit.breaker({ halfOpen: { overflow: { waitMs: 5_000, max: 5 } } });
  breaker.open(10);
  await kit.clock.advanceAsync(10);
  const probe = admitted(breaker.tryAcquire());
  const begun = kit.begin(pipeline(kit.deadline(200), breaker), () => 'answer');
  await kit.clock.advanceAsync(100);
  expect(breaker.snapshot().waiting).toBe(1);
  await kit.clock.advanceAsync(100);
  expect(await begun.result).toMatchObject(exceeded);
  expect(breaker.snapshot()).toMatchObject({ waiting: 0, inFlight: 1 });
  probe.success();
  expect(begun.contexts).toHaveLength(0);
  await expectNothingLeft(kit);
});

test('deadline → fallback → timeout: the deadline ends a fallback that takes too long', async () => {
  const kit = new Kit();
  const slow = fallback({ to: (_error, context) => untilAborted(context) });
  const begun = kit.begin(pipeline(kit.deadline(300), slow, kit.timeout(100)), hang);
  await kit.clock.advanceAsync(1_000);
  expect(await begun.result).toMatchObject(exceeded);
  expect(begun.settledAt).toBe(300);
  await expectNothingLeft(kit);
});

test('fallback → deadline → retry → timeout: the fallback answers when the time is over', async () => {
  const kit = new Kit();
  const answers: unknown[] = [];
  const instead = fallback({
    to: (error, context) => {
      answers.push(error, context.deadline);
      return 'instead';
    },
  });
  const begun = kit.begin(
    pipeline(instead, kit.deadline(250), kit.retry(), kit.timeout(100)),
    hang,
  );
  await kit.clock.advanceAsync(1_000);
  expect(await begun.result).toEqual({ ok: true, value: 'instead' });
  expect(begun.settledAt).toBe(250);
  // The deadline was that of the calls, not of the answer.
  expect(answers).toEqual([expect.objectContaining({ code: 'HF_DEADLINE_EXCEEDED' }), undefined]);
  await expectNothingLeft(kit);
});

test('timeout → retry: the timeout is one for all attempts together', async () => {
  hearWarnings();
  const kit = new Kit();
  const total = kit.timeout(250, 'total');
  const begun = kit.begin(pipeline(total, kit.retry({ attempts: 9 })), () => Promise.reject(boom));
  await kit.clock.advanceAsync(1_000);
  expect(await begun.result).toMatchObject(rejectedWith('HF_TIMEOUT', 'total'));
  // Unlike a deadline, it is not told inside: the sleep begins, and is ended.
  expect(begun.startedAt).toEqual([0, 100, 200]);
  expect(begun.deadlines[0]).toBeUndefined();
  expect(begun.settledAt).toBe(250);
  await expectNothingLeft(kit);
});

test('retry → deadline: a deadline inside is one for each attempt, and its end is worth another', async () => {
  const kit = new Kit();
  const begun = kit.begin(pipeline(kit.retry(), kit.deadline(100)), ({ attempt }) =>
    attempt < 3 ? hang() : 'answer',
  );
  await kit.clock.advanceAsync(1_000);
  expect(await begun.result).toEqual({ ok: true, value: 'answer' });
  expect(begun.startedAt).toEqual([0, 200, 400]);
  await expectNothingLeft(kit);
});

test('deadline → retry: a deadline that has passed makes no call', async () => {
  const kit = new Kit();
  await kit.clock.advanceAsync(100);
  const begun = kit.begin(pipeline(kit.deadline(500), kit.retry()), () => 'answer', {
    deadline: 100,
  });
  expect(await begun.result).toMatchObject(exceeded);
  expect(begun.contexts).toHaveLength(0);
  await expectNothingLeft(kit);
});
