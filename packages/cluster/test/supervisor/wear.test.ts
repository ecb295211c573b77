import { virtualClock } from '@holdfast/core/testing';
import { describe, expect, it } from 'vitest';
import { settingsOf } from '../../src/supervisor/settings.ts';
import { Wear } from '../../src/supervisor/wear.ts';

const LIMITS = { ageMs: 60_000, requests: 100, rssBytes: 1_000, jitter: 0 };
const FRESH = { requests: 0, inFlight: 0, rssBytes: 1, eventLoopUtilization: 0 };

describe('a worker', () => {
  const clock = virtualClock();
  const restart = { stableAfterMs: 5_000 };
  const wear = new Wear(settingsOf({ exec: 'server.js', recycle: LIMITS, restart, clock }));

  it('is worn once it has come to any of its limits', () => {
    expect(wear.isAtLimit({ vitals: null, ageMs: 59_999 })).toBe(false);
    expect(wear.isAtLimit({ vitals: null, ageMs: 60_000 })).toBe(true);
    expect(wear.isAtLimit({ vitals: { ...FRESH, requests: 99 }, ageMs: 1 })).toBe(false);
    expect(wear.isAtLimit({ vitals: { ...FRESH, requests: 100 }, ageMs: 1 })).toBe(true);
  });

  it('is not worn by the memory that it takes from its start', () => {
    const vitals = { ...FRESH, rssBytes: 1_000 };
    expect(wear.isAtLimit({ vitals, ageMs: 4_999 })).toBe(false);
    expect(wear.isAtLimit({ vitals, ageMs: 5_000 })).toBe(true);
  });

  it('is not looked at for as long as it is spared', () => {
    wear.spare(1_000);
    clock.advance(999);
    expect(wear.isAtLimit({ vitals: null, ageMs: 60_000 })).toBe(false);
    clock.advance(1);
    expect(wear.isAtLimit({ vitals: null, ageMs: 60_000 })).toBe(true);
  });
});
