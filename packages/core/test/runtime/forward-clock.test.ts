import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { forwardClock } from '../../src/runtime/forward-clock.ts';
import { systemClock } from '../../src/runtime/system-clock.ts';
import { virtualClock } from '../../src/testing/index.ts';

/** The steps forward between readings, added up. */
const forwardSum = (readings: readonly number[]): number =>
  readings
    .slice(1)
    .map((reading, index) => reading - (readings[index] ?? 0))
    .filter((step) => step > 0)
    .reduce((sum, step) => sum + step, readings[0] ?? 0);

describe('the forward clock', () => {
  it('adds up the steps forward and takes nothing away for a step back', () => {
    const steps = fc.array(fc.integer({ min: -10_000, max: 10_000 }), { maxLength: 50 });
    const property = fc.property(fc.nat(100_000), steps, (nowMs, jumps) => {
      const clock = virtualClock({ nowMs });
      const forward = forwardClock(clock);
      const readings = [clock.now()];
      for (const jump of jumps) {
        clock.jump(jump);
        readings.push(clock.now());
        expect(forward.now()).toBe(forwardSum(readings));
      }
    });
    fc.assert(property, { numRuns: 300 });
  });

  it('is the same one for each clock it is asked for', () => {
    const clock = virtualClock();
    const forward = forwardClock(clock);
    expect(forwardClock(clock)).toBe(forward);
    expect(forwardClock(forward)).toBe(forward);
    expect(forwardClock(virtualClock())).not.toBe(forward);
  });

  it('is the system clock itself where that is what was given', () => {
    expect(forwardClock(systemClock)).toBe(systemClock);
  });

  it('passes the time of day, timers and polls on', () => {
    const clock = virtualClock();
    const forward = forwardClock(clock);
    const seen: string[] = [];
    clock.jumpWall(-5_000);
    expect(forward.wallNow()).toBe(clock.wallNow());
    forward.setTimer(() => seen.push('timer'), 10);
    const cancelled = forward.setTimer(() => seen.push('cancelled'), 10);
    cancelled[Symbol.dispose]();
    forward.afterPoll(() => seen.push('poll'));
    clock.advance(10);
    expect(seen).toEqual(['timer', 'poll']);
  });
});
