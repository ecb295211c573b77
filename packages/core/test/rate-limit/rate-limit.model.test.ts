import fc from 'fast-check';
import { describe, test } from 'vitest';
import type { ModelOptions } from './limit-model.ts';
import { Pair, type Step } from './pair.ts';
import { runsOf } from './promises.ts';

const options: fc.Arbitrary<ModelOptions> = fc.record({
  units: fc.constantFrom(1, 3, 10, 100, 700),
  perSeconds: fc.constantFrom(1, 1, 3, 7),
  burst: fc.integer({ min: 1, max: 6 }),
  maxWaitMs: fc.constantFrom(0, 1, 20, 400, 5_000),
  maxWaiting: fc.constantFrom(1, 3, 1_000),
});

const key = fc.constantFrom('a', 'b');
const duration = fc.oneof(fc.integer({ min: 0, max: 10 }), fc.integer({ min: 0, max: 2_000 }));

const ask = fc.record({
  type: fc.constant('ask' as const),
  key: fc.option(key, { nil: undefined }),
  units: fc.oneof(fc.constant(1), fc.integer({ min: 0, max: 7 })),
  deadlineMs: fc.option(duration, { nil: undefined, freq: 3 }),
});

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    { arbitrary: ask, weight: 6 },
    {
      arbitrary: fc.record({
        type: fc.constant('take' as const),
        key,
        units: fc.integer({ min: 0, max: 7 }),
      }),
      weight: 1,
    },
    { arbitrary: fc.record({ type: fc.constant('abort' as const), which: fc.nat(9) }), weight: 2 },
    { arbitrary: fc.record({ type: fc.constant('pass' as const), ms: duration }), weight: 4 },
    { arbitrary: fc.record({ type: fc.constant('stall' as const), ms: duration }), weight: 1 },
  ),
  { maxLength: 60, size: 'max' },
);

describe('a rate limit does what its model does', { timeout: 120_000 }, () => {
  test('with calls that cost what they say', async () => {
    await fc.assert(
      fc.asyncProperty(options, steps, async (given, all) => {
        const pair = new Pair(given, undefined);
        for (const step of all) await pair.run(step);
        await pair.end();
      }),
      runsOf(1_000),
    );
  });

  test('with calls of a fixed cost', async () => {
    await fc.assert(
      fc.asyncProperty(options, steps, fc.integer({ min: 1, max: 6 }), async (given, all, cost) => {
        const units = Math.min(cost, given.burst);
        const pair = new Pair(given, units);
        for (const step of all) await pair.run(step.type === 'ask' ? { ...step, units } : step);
        await pair.end();
      }),
      runsOf(1_000),
    );
  });
});
