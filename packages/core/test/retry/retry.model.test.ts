import fc from 'fast-check';
import { expect, test } from 'vitest';
import { expected, type History } from './model/expected.ts';
import { observed } from './model/observed.ts';
import { plans } from './model/plan.ts';

/** Delays to a billionth: a sum taken in another order has another last digit. */
const rounded = ({ delays, ...rest }: History): object => ({
  ...rest,
  delays: delays.map((delay) => Number(delay.toPrecision(9))),
});

test('a retry makes the attempts, keeps the pauses and ends as a model without promises says', async () => {
  const property = fc.asyncProperty(plans, async (plan) => {
    expect(rounded(await observed(plan))).toEqual(rounded(expected(plan)));
  });
  await fc.assert(property, { numRuns: 1_000 });
});
