import { describe, expect, test } from 'vitest';
import { consecutive, fallback, isRefusal, pipeline } from '../../src/index.ts';
import { admitted } from '../support/breaker.ts';
import { hang, untilAborted, userPolicy } from '../support/calls.ts';
import { boom, expectNothingLeft, gone, Kit, rejectedWith } from './kit.ts';

const fail = (): Promise<never> => Promise.reject(boom);

test('fallback → breaker: an open circuit is answered at once, and the probe is still made', async () => {
  const kit = new Kit();
  const breaker = kit.breaker({ halfOpen: { probes: 1 } });
  const stack = pipeline(fallback({ value: 'instead' }), breaker);
  const answers: unknown[] = [];
  for (const call of [fail, () => 'never', () => 'never']) {
    answers.push(await kit.begin(stack, call).result);
  }
  expect(answers).toEqual(Array.from({ length: 3 }, () => ({ ok: true, value: 'instead' })));
  expect(breaker.snapshot().counters).toMatchObject({ failures: 1, refused: 2 });
  await kit.clock.advanceAsync(1_000);
  expect(await kit.begin(stack, () => 'back').result).toEqual({ ok: true, value: 'back' });
  expect(breaker.state).toBe('CLOSED');
  await expectNothingLeft(kit);
});

test('fallback → breaker (overflow waits): who waits in vain for a probe is answered', async () => {
  const kit = new Kit();
  const breaker = kit.breaker({ halfOpen: { overflow: { waitMs: 100, max: 1 } } });
  breaker.open(10);
  await kit.clock.advanceAsync(10);
  const probe = admitted(breaker.tryAcquire());
  const begun = kit.begin(pipeline(fallback({ value: 'instead' }), breaker), hang);
  await kit.clock.advanceAsync(100);
  expect(await begun.result).toEqual({ ok: true, value: 'instead' });
  expect(begun.settledAt).toBe(110);
  probe.ignore();
  await expectNothingLeft(kit);
});

test('fallback (refusals only) → retry → breaker → timeout: answers refusals, and leaves errors alone', async () => {
  const kit = new Kit();
  const instead = fallback({ value: 'instead', when: isRefusal });
  const breaker = kit.breaker({ trip: consecutive(9) });
  const stack = pipeline(instead, kit.retry({ attempts: 2 }), breaker, kit.timeout(100));
  const failing = kit.begin(stack, fail);
  await kit.clock.advanceAsync(500);
  expect(await failing.result).toEqual({ ok: false, error: boom });
  breaker.isolate('drill');
  expect(await kit.begin(stack, fail).result).toEqual({ ok: true, value: 'instead' });
  await expectNothingLeft(kit);
});

test('fallback → bulkhead → timeout: the fallback takes no slot, and answers who finds none', async () => {
  const kit = new Kit();
  const slots = kit.bulkhead();
  const stack = pipeline(
    fallback({ to: () => `instead, ${slots.snapshot().inFlight} in flight` }),
    slots,
    kit.timeout(100),
  );
  const first = kit.begin(stack, hang);
  const second = kit.begin(stack, hang);
  expect(await second.result).toEqual({ ok: true, value: 'instead, 1 in flight' });
  await kit.clock.advanceAsync(100);
  expect(await first.result).toEqual({ ok: true, value: 'instead, 0 in flight' });
  await expectNothingLeft(kit);
});

test('bulkhead → fallback → timeout: here the fallback keeps the slot while it answers', async () => {
  const kit = new Kit();
  const slots = kit.bulkhead();
  const { promise, resolve } = Promise.withResolvers<string>();
  const stack = pipeline(slots, fallback({ to: () => promise }), kit.timeout(100));
  const first = kit.begin(stack, untilAborted);
  await kit.clock.advanceAsync(150);
  expect(slots.snapshot()).toMatchObject({ inFlight: 1, lateInFlight: 0 });
  expect(await kit.begin(stack, hang).result).toMatchObject(rejectedWith('HF_BULKHEAD_FULL'));
  resolve('instead');
  expect(await first.result).toEqual({ ok: true, value: 'instead' });
  expect(slots.snapshot().inFlight).toBe(0);
  await expectNothingLeft(kit);
});

describe('fallback (under breaker → timeout of its own) → breaker → timeout', () => {
  const rigOf = () => {
    const kit = new Kit();
    const first = kit.breaker({ name: 'first' });
    const second = kit.breaker({ name: 'second' });
    const guarded = pipeline(second, kit.timeout(50, 'second'));
    return { kit, first, second, guarded };
  };

  test('a second dependency that hangs opens its own circuit, and no other', async () => {
    const { kit, first, second, guarded } = rigOf();
    const stack = pipeline(fallback({ to: hang, policy: guarded }), first, kit.timeout(100));
    const begun = kit.begin(stack, hang);
    await kit.clock.advanceAsync(150);
    expect(await begun.result).toMatchObject(rejectedWith('HF_TIMEOUT', 'second'));
    expect(begun.settledAt).toBe(150);
    expect([first.state, second.state]).toEqual(['OPEN', 'OPEN']);
    expect(first.snapshot().counters.failures).toBe(1);
    const next = kit.begin(stack, hang);
    expect(await next.result).toMatchObject(rejectedWith('HF_CIRCUIT_OPEN', 'second'));
    await expectNothingLeft(kit);
  });

  test('the caller’s abort reaches the second dependency', async () => {
    const { kit, second, guarded } = rigOf();
    const stack = pipeline(
      fallback({ to: (_error, context) => untilAborted(context), policy: guarded }),
      kit.timeout(100),
    );
    const begun = kit.begin(stack, fail);
    await kit.clock.advanceAsync(20);
    begun.caller.abort(gone);
    expect(await begun.result).toEqual({ ok: false, error: gone });
    expect(second.snapshot()).toMatchObject({ state: 'CLOSED', inFlight: 0 });
    await expectNothingLeft(kit);
  });
});

test('fallback → own → fallback: the nearer one answers, the outer one what the own policy throws', async () => {
  const kit = new Kit();
  const worse = new Error('worse');
  const strict = userPolicy(async (run) => {
    const value = await run();
    if (Object.is(value, 'inner')) throw worse;
    return value;
  });
  const outer = fallback({ to: (error) => error });
  const stack = pipeline(outer, strict, fallback({ value: 'inner' }), kit.timeout(100));
  expect(await kit.begin(stack, fail).result).toEqual({ ok: true, value: worse });
  await expectNothingLeft(kit);
});
