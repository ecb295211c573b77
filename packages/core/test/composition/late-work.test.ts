import { describe, expect, test } from 'vitest';
import { pipeline } from '../../src/index.ts';
import { hang } from '../support/calls.ts';
import { expectNothingLeft, Kit, rejectedWith } from './kit.ts';

/** Work that ends when it is told to, whatever its signal says. */
const deaf = () => {
  const { promise, resolve } = Promise.withResolvers<string>();
  return { call: () => promise, finish: () => resolve('too late') };
};

describe('bulkhead → retry → timeout, whose work outlives its timeout:', () => {
  test('held until finished, the slot is free when the last of all attempts is', async () => {
    const kit = new Kit();
    const slots = kit.bulkhead({ holdUntil: 'finished', queue: 1, maxWaitMs: 10_000 });
    const patience = kit.timeout(100);
    const stack = pipeline(slots, kit.retry({ attempts: 2 }), patience);
    const works = [deaf(), deaf()];
    const late = kit.begin(stack, ({ attempt }) => works[attempt - 1]?.call());
    const next = kit.begin(stack, () => 'answer');
    await kit.clock.advanceAsync(400);
    expect(await late.result).toMatchObject(rejectedWith('HF_TIMEOUT'));
    expect(slots.snapshot()).toMatchObject({ inFlight: 1, waiting: 1, lateInFlight: 2 });
    works[0]?.finish();
    await kit.clock.advanceAsync(0);
    expect(slots.snapshot()).toMatchObject({ inFlight: 1, waiting: 1, lateInFlight: 1 });
    works[1]?.finish();
    expect(await next.result).toEqual({ ok: true, value: 'answer' });
    expect(slots.snapshot()).toMatchObject({ inFlight: 0, waiting: 0, lateInFlight: 0 });
    expect(patience.snapshot()).toMatchObject({ timeouts: 2, lateInFlight: 0, lateSuccesses: 2 });
    await expectNothingLeft(kit);
  });

  test('an attempt that answers gives the slot back only when the one before is over', async () => {
    const kit = new Kit();
    const slots = kit.bulkhead({ holdUntil: 'finished' });
    const stack = pipeline(slots, kit.retry(), kit.timeout(100));
    const work = deaf();
    const begun = kit.begin(stack, ({ attempt }) => (attempt === 1 ? work.call() : 'answer'));
    await kit.clock.advanceAsync(400);
    expect(await begun.result).toEqual({ ok: true, value: 'answer' });
    expect(slots.snapshot()).toMatchObject({ inFlight: 1, lateInFlight: 1 });
    expect(await kit.begin(stack, hang).result).toMatchObject(rejectedWith('HF_BULKHEAD_FULL'));
    work.finish();
    await kit.clock.advanceAsync(0);
    expect(slots.snapshot()).toMatchObject({ inFlight: 0, lateInFlight: 0 });
    await expectNothingLeft(kit);
  });
});

test('deadline → bulkhead → retry → timeout: a deadline in a later attempt leaves the work of both as late', async () => {
  const kit = new Kit();
  const [whole, slots, each] = [
    kit.deadline(250),
    kit.bulkhead({ holdUntil: 'finished' }),
    kit.timeout(100),
  ];
  const works = [deaf(), deaf()];
  const stack = pipeline(whole, slots, kit.retry(), each);
  const begun = kit.begin(stack, ({ attempt }) => works[attempt - 1]?.call());
  await kit.clock.advanceAsync(250);
  expect(await begun.result).toMatchObject(rejectedWith('HF_DEADLINE_EXCEEDED'));
  expect(slots.snapshot()).toMatchObject({ inFlight: 1, lateInFlight: 2 });
  for (const { finish } of works) finish();
  await kit.clock.advanceAsync(0);
  expect(slots.snapshot()).toMatchObject({ inFlight: 0, lateInFlight: 0 });
  for (const limit of [whole, each]) expect(limit.snapshot()).toMatchObject({ lateInFlight: 0 });
  await expectNothingLeft(kit);
});
