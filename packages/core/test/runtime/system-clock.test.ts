import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { systemClock } from '../../src/runtime/system-clock.ts';
import { systemRandom } from '../../src/runtime/system-random.ts';

describe('the clock of the process', () => {
  it('does not go back', () => {
    const readings = Array.from({ length: 1_000 }, () => systemClock.now());
    expect(readings.toSorted((a, b) => a - b)).toEqual(readings);
    expect(readings.every((reading) => Number.isFinite(reading))).toBe(true);
  });

  it('tells the time of day', () => {
    expect(systemClock.wallNow()).toBeGreaterThan(Date.UTC(2024));
  });

  it('calls back when a timer ends and after a poll', async () => {
    await new Promise<void>((resolve) => {
      systemClock.setTimer(resolve, 1);
    });
    await new Promise<void>((resolve) => {
      systemClock.afterPoll(resolve);
    });
    expect.assertions(0);
  });

  it('does not call back once the timer is disposed', async () => {
    let called = false;
    const timer = systemClock.setTimer(() => (called = true), 0);
    timer.unref();
    timer.ref();
    timer[Symbol.dispose]();
    await new Promise<void>((resolve) => {
      systemClock.setTimer(resolve, 2);
    });
    expect(called).toBe(false);
  });

  it('lives by the fake timers of a test runner, and can cancel them', () => {
    vi.useFakeTimers();
    onTestFinished(() => void vi.useRealTimers());
    const called: string[] = [];
    const timer = systemClock.setTimer(() => called.push('cancelled'), 10);
    systemClock.setTimer(() => called.push('kept'), 20);
    timer.unref();
    timer[Symbol.dispose]();
    vi.advanceTimersByTime(30);
    expect(called).toEqual(['kept']);
  });

  it('does not fire a timer at once that is longer than Node can hold', async () => {
    let called = false;
    const timer = systemClock.setTimer(() => (called = true), 2 ** 40);
    await new Promise<void>((resolve) => {
      systemClock.setTimer(resolve, 2);
    });
    expect(called).toBe(false);
    timer[Symbol.dispose]();
  });
});

describe('the chance of the process', () => {
  it('draws from 0 up to 1', () => {
    const rolls = Array.from({ length: 1_000 }, () => systemRandom());
    expect(rolls.every((roll) => roll >= 0 && roll < 1)).toBe(true);
    expect(new Set(rolls).size).toBeGreaterThan(900);
  });
});
