import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { virtualClock } from '../../../src/testing/index.ts';
import { runsOf, worstExcess } from '../../rate-limit/promises.ts';
import type { Latency } from './fault-store.ts';
import { Fleet, latencies } from './limits.ts';
import { failOnMistakes } from './mistakes.ts';

failOnMistakes();

const NOTHING = 1e-6;
const KEYS = ['a', 'b'];
const KEEP_MS = 100;

type Step =
  | {
      readonly calls: number;
      readonly instance: number;
      readonly key: string;
      readonly way: Latency;
    }
  | { readonly giveBack: number }
  | { readonly passMs: number };

const busy = fc.record({
  calls: fc.integer({ min: 1, max: 30 }),
  instance: fc.nat(3),
  key: fc.constantFrom('a', 'a', 'a', 'b'),
  way: latencies,
});
const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    busy,
    busy,
    busy,
    fc.record({ giveBack: fc.nat(9) }),
    fc.record({ passMs: fc.integer({ min: 1, max: 60 }) }),
    fc.record({ passMs: fc.integer({ min: 1, max: 60 }) }),
    fc.record({ passMs: fc.integer({ min: 60, max: 400 }) }),
  ),
  { maxLength: 60, size: 'max' },
);
const numbers = fc.record({
  rate: fc.constantFrom(10, 40, 100, 1_000),
  burst: fc.constantFrom(10, 40, 200),
});

describe('a limit whose units are taken in advance', () => {
  test('never admits more than it promises with what comes back in 100 ms on top', () =>
    fc.assert(
      fc.asyncProperty(
        numbers,
        fc.integer({ min: 1, max: 4 }),
        steps,
        async (limit, many, todo) => {
          const clock = virtualClock();
          const fleet = new Fleet(clock, many, { ...limit, leasing: true, onStoreLoss: 'deny' });
          for (const step of todo) {
            if ('passMs' in step) await clock.advanceAsync(step.passMs);
            else if ('giveBack' in step) fleet.giveBack(step.giveBack);
            else {
              fleet.setLatency(step.way);
              for (let call = 0; call < step.calls; call++) fleet.take(step.instance, step.key, 1);
            }
          }
          // Two requests, one after the other, as long as they may take.
          await clock.advanceAsync(200);
          const unitsPerMs = limit.rate / 1_000;
          for (const key of KEYS) {
            const used = fleet.kept(key, ['shared', 'leased'], ({ settledAt }) => settledAt);
            const excess = worstExcess(used, unitsPerMs, limit.burst + unitsPerMs * KEEP_MS);
            expect(excess).toBeLessThan(NOTHING);
          }
          for (const { taken } of fleet.calls) expect(taken).toBeDefined();
          for (const { mostAtOnce } of fleet.stores) expect(mostAtOnce).toBeLessThanOrEqual(1);
          // What nobody used is gone or given back by now.
          expect(clock.pendingTimers).toBeLessThanOrEqual(1);
        },
      ),
      runsOf(400),
    ));
});
