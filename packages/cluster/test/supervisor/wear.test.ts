import { virtualClock } from '@holdfast/core/testing';
import { describe, expect, it } from 'vitest';
import { RestartBudget } from '../../src/restart/restart-budget.ts';
import { settingsOf } from '../../src/supervisor/settings.ts';
import { Wear } from '../../src/supervisor/wear.ts';

const LIMITS = { ageMs: 60_000, requests: 100, rssBytes: 1_000, jitter: 0 };
const FRESH = { requests: 0, inFlight: 0, rssBytes: 1, eventLoopUtilization: 0 };

describe('a worker', () => {
  const clock = virtualClock();
  const restart = { stableAfterMs: 5_000 };
  const budget = new RestartBudget({ restarts: 5, windowMs: 60_000 });
  const wear = new Wear(settingsOf({ exec: 'server.js', recycle: LIMITS, restart, clock }));

  it('is worn once it has come to any of its limits', () => {
    expect(wear.isAtLimit({ vitals: null, ageMs: 59_999 }, budget)).toBe(false);
    expect(wear.isAtLimit({ vitals: null, ageMs: 60_000 }, budget)).toBe(true);
    expect(wear.isAtLimit({ vitals: { ...FRESH, requests: 99 }, ageMs: 1 }, budget)).toBe(false);
    expect(wear.isAtLimit({ vitals: { ...FRESH, requests: 100 }, ageMs: 1 }, budget)).toBe(true);
  });

  it('is worn by memory that it takes soon, as long as half of the restarts are left', () => {
    const early = { vitals: { ...FRESH, rssBytes: 1_000 }, ageMs: 4_999 };
    const looks = [1, 2, 3, 4].map(() => wear.isAtLimit(early, budget));
    expect(looks).toStrictEqual([true, true, true, false]);
    expect(wear.isAtLimit({ ...early, ageMs: 5_000 }, budget)).toBe(true);
    expect(wear.isAtLimit({ ...early, vitals: FRESH }, budget)).toBe(false);
    clock.advance(60_000);
    expect(wear.isAtLimit(early, budget)).toBe(true);
  });

  it('is not looked at for as long as it is spared', () => {
    wear.spare(1_000);
    clock.advance(999);
    expect(wear.isAtLimit({ vitals: null, ageMs: 60_000 }, budget)).toBe(false);
    clock.advance(1);
    expect(wear.isAtLimit({ vitals: null, ageMs: 60_000 }, budget)).toBe(true);
  });
});
