import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { virtualClock, type VirtualClock } from '../../../src/testing/index.ts';
import { mostWithin, runsOf, worstExcess, type Taking } from '../../rate-limit/promises.ts';
import { Fleet, quotas, rates, type Numbers } from './limits.ts';
import { failOnMistakes } from './mistakes.ts';

failOnMistakes();

const NOTHING = 1e-6;
/** As often as a limit in use is heard of; and long enough for all units to be there again. */
const BEAT_MS = 5_000;

type Step =
  | { readonly lost: boolean; readonly instance: number | undefined }
  | { readonly calls: number; readonly instance: number; readonly units: number }
  | { readonly giveBack: number }
  | { readonly passMs: number };

const busy = fc.record({
  calls: fc.integer({ min: 1, max: 10 }),
  instance: fc.nat(3),
  units: fc.integer({ min: 1, max: 3 }),
});
const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    busy,
    busy,
    fc.record({
      lost: fc.boolean(),
      instance: fc.option(fc.nat(3), { nil: undefined }),
    }),
    fc.record({ giveBack: fc.nat(9) }),
    fc.record({ passMs: fc.integer({ min: 0, max: 300 }) }),
  ),
  { maxLength: 60, size: 'max' },
);

/** Numbers with one unit for each of four, as the promise wants it. */
const enough = ({ ...numbers }: Numbers): Numbers =>
  'quota' in numbers
    ? { ...numbers, quota: numbers.quota + 4 }
    : { ...numbers, burst: numbers.burst + 4 };

/** Whether the store is there, for all or for one of them. */
const set = ({ stores }: Fleet, lost: boolean, instance: number | undefined): void => {
  for (const [index, store] of stores.entries())
    if (instance === undefined || instance % stores.length === index)
      store.failure = lost ? 'unknown' : undefined;
};

const doStep = async (step: Step, fleet: Fleet, clock: VirtualClock): Promise<void> => {
  if ('passMs' in step) return clock.advanceAsync(step.passMs);
  if ('giveBack' in step) return fleet.giveBack(step.giveBack);
  if ('lost' in step) return set(fleet, step.lost, step.instance);
  for (let call = 0; call < step.calls; call++) fleet.take(step.instance, 'a', step.units);
  return clock.advanceAsync(0);
};

const run = async (numbers: Numbers, many: number, todo: readonly Step[]): Promise<Fleet> => {
  const clock = virtualClock();
  const fleet = new Fleet(clock, many, { ...numbers, onStoreLoss: 'local' });
  // Everybody has heard of everybody.
  for (let instance = 0; instance < many; instance++) fleet.take(instance, 'first', 1);
  for (let instance = 0; instance < many; instance++) fleet.take(instance, 'first', 1);
  await clock.advanceAsync(BEAT_MS);
  for (const limit of fleet.limits) expect(limit.snapshot().instances).toBe(many);
  for (const step of todo) await doStep(step, fleet, clock);
  for (const { taken } of fleet.calls) expect(taken).toBeDefined();
  return fleet;
};

const expectKept = (taken: readonly Taking[], numbers: Numbers): void => {
  if ('quota' in numbers) {
    expect(mostWithin(taken, numbers.windowMs)).toBeLessThanOrEqual(numbers.quota);
  } else {
    expect(worstExcess(taken, numbers.rate / 1_000, numbers.burst)).toBeLessThan(NOTHING);
  }
};

describe('a limit whose store is lost and comes back, for all or for some', () => {
  test('admits by the shares of all no more than it promises, and by the store no more than it promises', () =>
    fc.assert(
      fc.asyncProperty(
        fc.oneof(rates, quotas),
        fc.integer({ min: 1, max: 4 }),
        steps,
        async (few, many, todo) => {
          const numbers = enough(few);
          const fleet = await run(numbers, many, todo);
          for (const source of ['local', 'shared'])
            expectKept(
              fleet.kept('a', [source], ({ settledAt }) => settledAt),
              numbers,
            );
        },
      ),
      runsOf(400),
    ));
});
