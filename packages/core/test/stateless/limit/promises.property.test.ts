import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { rateLimit } from '../../../src/rate-limit/rate-limit.ts';
import { virtualClock } from '../../../src/testing/index.ts';
import { mostWithin, runsOf, worstExcess } from '../../rate-limit/promises.ts';
import type { Latency } from './fault-store.ts';
import { durations, Fleet, latencies, quotas, rates, type Call, type Numbers } from './limits.ts';
import { failOnMistakes } from './mistakes.ts';

failOnMistakes();

/** What may come back in a nanosecond, and what adding up rounds. */
const NOTHING = 1e-6;
const KEYS = ['a', 'b'];
/** No limit here has more. */
const MOST = 8;
const ROUNDS = 10;

type Step =
  | {
      readonly take: { readonly instance: number; readonly key: string; readonly units: number };
      readonly latency: Latency;
    }
  | { readonly giveBack: number; readonly latency: Latency }
  | { readonly drain: number }
  | { readonly passMs: number };

const takes = fc.record({
  take: fc.record({
    instance: fc.nat(3),
    key: fc.constantFrom(...KEYS),
    units: fc.oneof(fc.constant(1), fc.integer({ min: 1, max: 9 })),
  }),
  latency: latencies,
});
const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    takes,
    takes,
    fc.record({ giveBack: fc.nat(9), latency: latencies }),
    fc.record({ passMs: durations }),
    fc.record({ drain: fc.nat(3) }),
  ),
  { maxLength: 60, size: 'max' },
);

/** How long until one is there again. */
const backMs = (numbers: Numbers): number =>
  'rate' in numbers ? 1_000 / numbers.rate : numbers.windowMs;

/** Takes all there is at once: what was given back beyond the promise shows. */
const drain = (fleet: Fleet, instance: number): void => {
  fleet.setLatency({ thereMs: 0, backMs: 0 });
  for (const key of KEYS) for (let more = 0; more < MOST; more++) fleet.take(instance, key, 1);
};

const run = async (numbers: Numbers, instances: number, todo: readonly Step[]): Promise<Fleet> => {
  const clock = virtualClock();
  const fleet = new Fleet(clock, instances, { ...numbers, onStoreLoss: 'deny' });
  for (const step of todo) {
    if ('latency' in step) fleet.setLatency(step.latency);
    if ('take' in step) fleet.take(step.take.instance, step.take.key, step.take.units);
    else if ('giveBack' in step) fleet.giveBack(step.giveBack);
    else if ('drain' in step) drain(fleet, step.drain);
    else await clock.advanceAsync(step.passMs);
  }
  // A fraction too much shows as soon as it makes a whole one.
  for (let round = 0; round < ROUNDS; round++) {
    await clock.advanceAsync(Math.ceil(backMs(numbers) / ROUNDS));
    drain(fleet, 0);
  }
  await clock.advanceAsync(100);
  for (const { taken } of fleet.calls) expect(taken).toBeDefined();
  return fleet;
};

const appliedAt = ({ command }: Call): number => command?.appliedAt ?? Number.NaN;

describe('a limit that is shared', { timeout: 60_000 }, () => {
  test('never admits more than rate and burst promise, whoever gives back what and however late', () =>
    fc.assert(
      fc.asyncProperty(
        rates,
        fc.integer({ min: 1, max: 4 }),
        steps,
        async (numbers, many, todo) => {
          const fleet = await run(numbers, many, todo);
          for (const key of KEYS) {
            const kept = fleet.kept(key, ['shared'], appliedAt);
            expect(worstExcess(kept, numbers.rate / 1_000, numbers.burst)).toBeLessThan(NOTHING);
          }
        },
      ),
      runsOf(400),
    ));

  test('never admits more than a quota promises, whoever gives back what and however late', () =>
    fc.assert(
      fc.asyncProperty(
        quotas,
        fc.integer({ min: 1, max: 4 }),
        steps,
        async (numbers, many, todo) => {
          const fleet = await run(numbers, many, todo);
          for (const key of KEYS) {
            const kept = fleet.kept(key, ['shared'], appliedAt);
            expect(mostWithin(kept, numbers.windowMs)).toBeLessThanOrEqual(numbers.quota);
          }
        },
      ),
      runsOf(400),
    ));

  test('is for all instances together what a limit is for one process', () => {
    const asks = fc.array(fc.oneof(takes, takes, fc.record({ passMs: durations })), {
      maxLength: 60,
      size: 'max',
    });
    return fc.assert(
      fc.asyncProperty(fc.oneof(rates, quotas), asks, async (numbers, todo) => {
        const clock = virtualClock();
        const fleet = new Fleet(clock, 3, numbers);
        const alone = rateLimit({ ...numbers, name: 'shared-rate-limit', clock });
        for (const step of todo) {
          if ('passMs' in step) {
            await clock.advanceAsync(step.passMs);
            continue;
          }
          const { instance, key, units } = step.take;
          const cost = units % 5 === 0 ? 0 : units;
          const { resetMs, ...expected } = alone.take({ key, cost });
          const taken = await fleet.limits[instance % 3]?.take({ key, cost });
          expect(taken).toMatchObject({ ...expected, source: 'shared' });
          expect(taken?.resetMs).toBeCloseTo(resetMs, 2);
        }
      }),
      runsOf(200),
    );
  });
});
