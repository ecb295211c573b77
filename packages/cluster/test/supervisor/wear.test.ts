import { virtualClock } from '@holdfast/core/testing';
import { describe, expect, it } from 'vitest';
import { RestartBudget } from '../../src/restart/restart-budget.ts';
import { settingsOf } from '../../src/supervisor/settings.ts';
import { Wear } from '../../src/supervisor/wear.ts';

const LIMITS = { ageMs: 60_000, requests: 100, rssBytes: 1_000, jitter: 0 };
const FRESH = { requests: 0, inFlight: 0, rssBytes: 1, eventLoopUtilization: 0 };
const LARGE = { ...FRESH, rssBytes: 1_000 };

const rigOf = () => {
  const clock = virtualClock();
  const restart = { stableAfterMs: 5_000 };
  const wear = new Wear(settingsOf({ exec: 'server.js', recycle: LIMITS, restart, clock }));
  return { clock, wear, budget: new RestartBudget({ restarts: 5, windowMs: 30_000 }) };
};

describe('a worker', () => {
  it('is worn once it has come to any of its limits', () => {
    const { clock, wear, budget } = rigOf();
    expect(wear.isAtLimit({ ...FRESH, requests: 99 }, budget)).toBe(false);
    expect(wear.isAtLimit({ ...FRESH, requests: 100 }, budget)).toBe(true);
    clock.advance(59_999);
    expect(wear.isAtLimit(null, budget)).toBe(false);
    clock.advance(1);
    expect(wear.isAtLimit(null, budget)).toBe(true);
  });

  it('is as old as its time in the slot', () => {
    const { clock, wear, budget } = rigOf();
    clock.advance(60_000);
    wear.place();
    clock.advance(59_999);
    expect(wear.isAtLimit(null, budget)).toBe(false);
    clock.advance(1);
    expect(wear.isAtLimit(null, budget)).toBe(true);
  });

  it('is worn by memory that it takes soon, as long as half of the restarts are left', () => {
    const { clock, wear, budget } = rigOf();
    clock.advance(4_999);
    const looks = [1, 2, 3, 4].map(() => wear.isAtLimit(LARGE, budget));
    expect(looks).toStrictEqual([true, true, true, false]);
    expect(wear.isAtLimit(FRESH, budget)).toBe(false);
    clock.advance(1);
    expect(wear.isAtLimit(LARGE, budget)).toBe(true);
    clock.advance(30_000);
    wear.place();
    expect(wear.isAtLimit(LARGE, budget)).toBe(true);
  });

  it('is not looked at for as long as it is spared', () => {
    const { clock, wear, budget } = rigOf();
    clock.advance(60_000);
    wear.spare(1_000);
    clock.advance(999);
    expect(wear.isAtLimit(null, budget)).toBe(false);
    clock.advance(1);
    expect(wear.isAtLimit(null, budget)).toBe(true);
  });
});
