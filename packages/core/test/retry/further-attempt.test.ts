import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  HoldfastError,
  retry,
  retryBudget,
  type Result,
  type RetryEvents,
  type RetryOptions,
} from '../../src/index.ts';
import { RecordingClock } from '../support/recording-clock.ts';
import { driven } from './model/driven.ts';
import { expected, type History } from './model/expected.ts';
import { observed } from './model/observed.ts';
import { plans } from './model/plan.ts';

const boom = new Error('boom');
const failed: Result<never> = { ok: false, error: boom };
const first = { attempt: 1, previousMs: 0, remainingMs: Infinity };

/** Delays to a billionth: a sum taken in another order has another last digit. */
const rounded = ({ delays, ...rest }: History): object => ({
  ...rest,
  delays: delays.map((delay) => Number(delay.toPrecision(9))),
});

const rigOf = (options: RetryOptions = {}) => {
  const clock = new RecordingClock();
  const backoff = { kind: 'constant', baseMs: 100, jitter: 'none' } as const;
  const policy = retry({ clock, backoff, ...options });
  const told: unknown[] = [];
  for (const name of ['retry', 'exhausted', 'overBudget'] satisfies (keyof RetryEvents)[]) {
    policy.on(name, (event) => void told.push([name, event]));
  }
  return { clock, policy, told };
};

describe('furtherAttempt', () => {
  test('makes the attempts and pauses of a model, where somebody else makes the calls', () => {
    const property = fc.property(plans, (plan) => {
      const unbroken = { ...plan, abort: undefined };
      expect(rounded(driven(unbroken))).toEqual(rounded(expected(unbroken)));
    });
    fc.assert(property, { numRuns: 2_000 });
  });

  test('says what the policy itself does with the same attempts', async () => {
    const property = fc.asyncProperty(plans, async (plan) => {
      const unbroken = { ...plan, abort: undefined };
      expect(driven(unbroken)).toEqual(await observed(unbroken));
    });
    await fc.assert(property, { numRuns: 300 });
  });

  test('says how long to wait, tells and counts it, and makes no timer', () => {
    const { clock, policy, told } = rigOf();
    expect(policy.furtherAttempt(failed, first)).toBe(100);
    expect(told).toEqual([['retry', { name: 'retry', attempt: 1, delayMs: 100 }]]);
    expect(policy.snapshot()).toMatchObject({ retries: 1 });
    expect(clock.timersMade).toBe(0);
  });

  test('says nothing of an answer, of a refusal, or of what carries one', () => {
    const { policy, told } = rigOf();
    const refusal = new HoldfastError({ code: 'HF_CIRCUIT_OPEN', policy: 'p' });
    const holder = new TypeError('fetch failed', { cause: refusal });
    const ends: Result<unknown>[] = [
      { ok: true, value: 'answer' },
      { ok: false, error: refusal, rejection: refusal },
      { ok: false, error: holder },
    ];
    for (const end of ends) expect(policy.furtherAttempt(end, first)).toBeUndefined();
    expect(told).toEqual([]);
  });

  test.each([3, 4])('tells that attempt %i of 3 was the last', (attempt) => {
    const { policy, told } = rigOf();
    expect(policy.furtherAttempt(failed, { ...first, attempt })).toBeUndefined();
    expect(told).toEqual([['exhausted', { name: 'retry', attempts: attempt }]]);
  });

  test('tells nothing where there is but one attempt', () => {
    const { policy, told } = rigOf({ attempts: 1 });
    expect(policy.furtherAttempt(failed, first)).toBeUndefined();
    expect(told).toEqual([]);
  });

  test('allows no pause that is as long as what is left, or longer', () => {
    const { policy } = rigOf();
    expect(policy.furtherAttempt(failed, { ...first, remainingMs: 100 })).toBeUndefined();
    expect(policy.furtherAttempt(failed, { ...first, remainingMs: 100.5 })).toBe(100);
    expect(policy.furtherAttempt(failed, { ...first, remainingMs: -1 })).toBeUndefined();
  });

  test('spends what firstAttempt earns, from the budget that all share', () => {
    const clock = new RecordingClock();
    const budget = retryBudget({ ratio: 0.5, floorPerSecond: 0, clock });
    const { policy, told } = rigOf({ budget, clock });
    expect(policy.furtherAttempt(failed, first)).toBeUndefined();
    expect(told).toEqual([['overBudget', { name: 'retry', attempt: 1 }]]);
    policy.firstAttempt();
    policy.firstAttempt();
    expect(policy.furtherAttempt(failed, first)).toBe(100);
    expect(policy.furtherAttempt(failed, first)).toBeUndefined();
    expect(budget.snapshot()).toMatchObject({ granted: 1, refused: 2 });
  });

  test('needs no budget', () => {
    const { policy } = rigOf({ budget: false });
    policy.firstAttempt();
    expect(policy.furtherAttempt(failed, first)).toBe(100);
  });

  test.each(['when', 'whenResult', 'delay'] as const)(
    'throws what %s throws, and neither spends nor tells anything',
    (name) => {
      const budget = retryBudget({ clock: new RecordingClock() });
      const thrower = (): never => {
        throw boom;
      };
      const { policy, told } = rigOf({ [name]: thrower, budget });
      const end: Result<unknown> = name === 'whenResult' ? { ok: true, value: 1 } : failed;
      expect(() => policy.furtherAttempt(end, first)).toThrow(boom);
      expect(told).toEqual([]);
      expect(budget.snapshot()).toMatchObject({ granted: 0, refused: 0 });
    },
  );

  test('goes by the options as they are now', () => {
    const { policy } = rigOf();
    policy.update({ attempts: 2, backoff: { baseMs: 7 } });
    expect(policy.furtherAttempt(failed, first)).toBe(7);
    expect(policy.furtherAttempt(failed, { ...first, attempt: 2 })).toBeUndefined();
    expect(policy.snapshot()).toMatchObject({ retries: 1, exhausted: 1 });
  });

  test('throws what a budget of the user’s own throws, also for a first attempt', () => {
    const thrower = (): never => {
      throw boom;
    };
    const budget = {
      deposit: thrower,
      withdraw: thrower,
      snapshot: () => ({ credit: 0, granted: 0, refused: 0 }),
    };
    const { policy } = rigOf({ budget });
    expect(() => policy.firstAttempt()).toThrow(boom);
    expect(() => policy.furtherAttempt(failed, first)).toThrow(boom);
  });
});
