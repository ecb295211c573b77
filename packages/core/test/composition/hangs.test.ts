import { describe, expect, test } from 'vitest';
import { consecutive, fallback, pipeline, type Executable } from '../../src/index.ts';
import { hang, untilAborted, userPolicy } from '../support/calls.ts';
import { hearWarnings } from '../support/warnings.ts';
import { boom, expectNothingLeft, Kit, rejectedWith, wholeOf } from './kit.ts';

const twice = consecutive(2);

/** Each puts policies between a breaker and the timeout that ends the calls. */
const between: readonly (readonly [string, (kit: Kit) => readonly Executable[]])[] = [
  ['breaker → bulkhead → timeout', (kit) => [kit.bulkhead()]],
  ['breaker → rate limit → timeout', (kit) => [kit.rateLimit({ rate: 1_000 })]],
  ['breaker → own → timeout', () => [userPolicy()]],
  ['breaker → retry → timeout', (kit) => [kit.retry({ attempts: 2 })]],
  ['breaker → breaker → timeout', (kit) => [kit.breaker({ name: 'inner', trip: consecutive(9) })]],
  ['breaker → (bulkhead → own) → timeout', (kit) => [pipeline(kit.bulkhead(), userPolicy())]],
];

describe.each(between)('%s: calls that hang', (_stack, policiesOf) => {
  test.each([
    ['and hear of nothing', hang],
    ['until their signal aborts', untilAborted],
  ])('%s open the circuit', async (_title, call) => {
    hearWarnings();
    const kit = new Kit();
    const breaker = kit.breaker({ trip: twice });
    const stack = pipeline(breaker, ...policiesOf(kit), kit.timeout(100));
    for (let done = 0; done < 2; done++) {
      expect(breaker.state).toBe('CLOSED');
      const { result } = kit.begin(stack, call);
      await kit.clock.advanceAsync(300);
      expect(await result).toMatchObject(rejectedWith('HF_TIMEOUT'));
    }
    expect(breaker.snapshot()).toMatchObject({ state: 'OPEN', inFlight: 0 });
    expect(await kit.begin(stack, call).result).toMatchObject(rejectedWith('HF_CIRCUIT_OPEN'));
    await expectNothingLeft(kit);
  });
});

test('deadline → retry → breaker → bulkhead → timeout: a hang opens the breaker, and that ends the retry', async () => {
  const kit = new Kit();
  const [breaker, slots] = [kit.breaker({ trip: twice }), kit.bulkhead({ concurrency: 5 })];
  const stack = pipeline(
    kit.deadline(10_000),
    kit.retry({ attempts: 9 }),
    breaker,
    slots,
    kit.timeout(100),
  );
  const begun = kit.begin(stack, hang);
  await kit.clock.advanceAsync(1_000);
  expect(await begun.result).toMatchObject(rejectedWith('HF_CIRCUIT_OPEN'));
  // 100 ms each, and 100 ms before each of the further ones.
  expect(begun.startedAt).toEqual([0, 200]);
  expect(begun.settledAt).toBe(400);
  expect(slots.snapshot()).toMatchObject({ inFlight: 0, lateInFlight: 2 });
  await expectNothingLeft(kit);
});

test('timeout → breaker → bulkhead: a hang opens the breaker from outside too', async () => {
  const kit = new Kit();
  const [breaker, slots] = [kit.breaker({ trip: twice }), kit.bulkhead({ concurrency: 5 })];
  const stack = pipeline(kit.timeout(100), breaker, slots);
  // Not in the same moment: failures that share a cause count once.
  for (let done = 0; done < 2; done++) {
    kit.begin(stack, hang);
    await kit.clock.advanceAsync(50);
  }
  await kit.clock.advanceAsync(50);
  expect(breaker.snapshot()).toMatchObject({ state: 'OPEN', inFlight: 0 });
  expect(breaker.snapshot().counters.failures).toBe(2);
  expect(slots.snapshot()).toMatchObject({ inFlight: 0, lateInFlight: 2 });
  await expectNothingLeft(kit);
});

test('deadline → breaker: a hang opens the breaker once it ran long enough to be blamed', async () => {
  const kit = new Kit();
  const breaker = kit.breaker({ blameAfterMs: 300 });
  const short = kit.begin(pipeline(kit.deadline(299), breaker), hang);
  await kit.clock.advanceAsync(299);
  expect(await short.result).toMatchObject(rejectedWith('HF_DEADLINE_EXCEEDED'));
  expect(breaker.snapshot()).toMatchObject({ state: 'CLOSED', counters: { ignored: 1 } });
  const long = kit.begin(pipeline(kit.deadline(300), breaker), hang);
  await kit.clock.advanceAsync(300);
  expect(await long.result).toMatchObject(rejectedWith('HF_DEADLINE_EXCEEDED'));
  expect(breaker.state).toBe('OPEN');
  await expectNothingLeft(kit);
});

test('retry → breaker (overflow waits) → timeout: a probe that hangs turns away who waits for it', async () => {
  const kit = new Kit();
  const breaker = kit.breaker({
    halfOpen: { probes: 1, overflow: { waitMs: 5_000, max: 5 } },
  });
  const stack = pipeline(kit.retry({ attempts: 2 }), breaker, kit.timeout(100));
  breaker.open(10);
  await kit.clock.advanceAsync(10);
  const probe = kit.begin(stack, hang);
  const waiters = [kit.begin(stack, () => 'answer'), kit.begin(stack, () => 'answer')];
  await kit.clock.advanceAsync(50);
  expect(breaker.snapshot().waiting).toBe(2);
  await kit.clock.advanceAsync(50);
  for (const { result, contexts, settledAt } of waiters) {
    expect(await result).toMatchObject(rejectedWith('HF_CIRCUIT_OPEN'));
    expect(contexts).toHaveLength(0);
    expect(settledAt).toBe(110);
  }
  await kit.clock.advanceAsync(100);
  expect(await probe.result).toMatchObject(rejectedWith('HF_CIRCUIT_OPEN'));
  expect(probe.contexts).toHaveLength(1);
  await expectNothingLeft(kit);
});

test('retry → breaker (overflow waits) → timeout: a probe that answers lets in who waits for it', async () => {
  const kit = new Kit();
  const breaker = kit.breaker({
    halfOpen: { probes: 1, overflow: { waitMs: 5_000, max: 5 } },
  });
  const stack = pipeline(kit.retry({ attempts: 2 }), breaker, kit.timeout(100));
  breaker.open(10);
  await kit.clock.advanceAsync(10);
  const { promise, resolve } = Promise.withResolvers<string>();
  const all = [kit.begin(stack, () => promise), kit.begin(stack, () => 'second')];
  await kit.clock.advanceAsync(90);
  expect(all[1]?.contexts).toHaveLength(0);
  resolve('first');
  expect(await Promise.all(all.map(({ result }) => result))).toEqual([
    { ok: true, value: 'first' },
    { ok: true, value: 'second' },
  ]);
  expect(breaker.snapshot()).toMatchObject({ state: 'CLOSED', counters: { successes: 2 } });
  await expectNothingLeft(kit);
});

test('fallback → breaker → timeout: while calls hang the fallback answers, late first and at once in the end', async () => {
  const kit = new Kit();
  const breaker = kit.breaker({ trip: twice });
  const stack = pipeline(fallback({ value: 'instead' }), breaker, kit.timeout(100));
  const times: number[] = [];
  for (let call = 0; call < 4; call++) {
    const from = kit.clock.now();
    const begun = kit.begin(stack, hang);
    await kit.clock.advanceAsync(200);
    expect(await begun.result).toEqual({ ok: true, value: 'instead' });
    times.push((begun.settledAt ?? Number.NaN) - from);
  }
  expect(times).toEqual([100, 100, 0, 0]);
  await expectNothingLeft(kit);
});

test('breaker → fallback → timeout: what the fallback answers hides the hang from the breaker', async () => {
  const kit = new Kit();
  const breaker = kit.breaker();
  const stack = pipeline(breaker, fallback({ value: 'instead' }), kit.timeout(100));
  const { result } = kit.begin(stack, hang);
  await kit.clock.advanceAsync(100);
  expect(await result).toEqual({ ok: true, value: 'instead' });
  expect(breaker.snapshot()).toMatchObject({ state: 'CLOSED', counters: { successes: 1 } });
  await expectNothingLeft(kit);
});

test('deadline → retry → breaker → rate limit → bulkhead → timeout: the stack is well again after the hangs', async () => {
  const kit = new Kit();
  const { stack, breaker, slots } = wholeOf(kit, {
    breaker: { trip: twice, halfOpen: { probes: 1 } },
  });
  const hung = kit.begin(stack, hang);
  await kit.clock.advanceAsync(400);
  expect(await hung.result).toMatchObject(rejectedWith('HF_CIRCUIT_OPEN'));
  const early = kit.begin(stack, () => Promise.reject(boom));
  expect(await early.result).toMatchObject(rejectedWith('HF_CIRCUIT_OPEN'));
  expect(early.contexts).toHaveLength(0);
  await kit.clock.advanceAsync(1_000);
  expect(await kit.begin(stack, () => 'answer').result).toEqual({ ok: true, value: 'answer' });
  expect(breaker.state).toBe('CLOSED');
  expect(slots.snapshot().inFlight).toBe(0);
  await expectNothingLeft(kit);
});
