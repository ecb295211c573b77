import { expect } from 'vitest';
import { retry } from '../../../src/index.ts';
import type { History } from './expected.ts';
import { resultOf, Rig } from './observed.ts';
import { FAILS, type Plan } from './plan.ts';

/** What happens where somebody else makes the attempts and asks the policy after each. */
export const driven = (plan: Plan): History => {
  const rig = new Rig(plan);
  const { clock, starts, delays } = rig;
  const policy = retry(rig.options);
  const told: number[] = [];
  policy.on('retry', ({ attempt, delayMs }) => void (told[attempt - 1] = delayMs));
  const until = Math.min(plan.deadline, plan.maxElapsedMs ?? Infinity);
  policy.firstAttempt();
  let by: string | undefined;
  for (let attempt = 1; by === undefined; attempt++) {
    starts.push(clock.now());
    const turn = plan.turns[attempt - 1] ?? FAILS;
    clock.advance(turn.tookMs);
    const delayMs = policy.furtherAttempt(resultOf(turn, attempt, clock), {
      attempt,
      previousMs: delays.at(-1) ?? 0,
      remainingMs: until - clock.now(),
    });
    if (delayMs === undefined) by = `${turn.ending} ${attempt}`;
    else {
      delays.push(delayMs);
      clock.advance(Math.ceil(delayMs));
    }
  }
  const { exhausted, overBudget, retries } = policy.snapshot() as Record<string, number>;
  expect(told).toEqual(delays);
  expect(retries).toBe(delays.length);
  expect(rig.deposits).toBe(1);
  return {
    starts,
    delays,
    withdrawals: rig.withdrawals,
    exhausted: exhausted ?? -1,
    overBudget: overBudget ?? -1,
    end: { by, atMs: clock.now() },
  };
};
