import { getEventListeners } from 'node:events';
import { describe, expect, it } from 'vitest';
import { sleep } from '../../src/runtime/sleep.ts';
import { RecordingClock } from '../support/recording-clock.ts';

const listenersOn = (signal: AbortSignal): number => getEventListeners(signal, 'abort').length;

describe('sleep', () => {
  it('resolves when its time is over and not before', async () => {
    const clock = new RecordingClock();
    const { signal } = new AbortController();
    let awake = false;
    const sleeping = sleep(clock, 50, signal).then(() => (awake = true));
    await clock.advanceAsync(49);
    expect(awake).toBe(false);
    await clock.advanceAsync(1);
    expect(awake).toBe(true);
    await sleeping;
  });

  it('leaves neither timer nor listener after it', async () => {
    const clock = new RecordingClock();
    const { signal } = new AbortController();
    const sleeping = sleep(clock, 50, signal);
    expect(listenersOn(signal)).toBe(1);
    clock.advance(50);
    await sleeping;
    expect(listenersOn(signal)).toBe(0);
    expect(clock.pendingTimers).toBe(0);
  });

  it('rejects with the reason at once when it is aborted, and leaves neither timer nor listener', async () => {
    const clock = new RecordingClock();
    const controller = new AbortController();
    const reason = new Error('gone');
    const sleeping = sleep(clock, 50, controller.signal);
    controller.abort(reason);
    expect(clock.pendingTimers).toBe(0);
    expect(listenersOn(controller.signal)).toBe(0);
    await expect(sleeping).rejects.toBe(reason);
  });

  it('sets nothing when the signal is aborted beforehand', async () => {
    const clock = new RecordingClock();
    const reason = new Error('gone');
    const signal = AbortSignal.abort(reason);
    await expect(sleep(clock, 50, signal)).rejects.toBe(reason);
    expect(clock.timersMade).toBe(0);
    expect(listenersOn(signal)).toBe(0);
  });

  it('keeps the process alive, for a caller waits for it', async () => {
    const clock = new RecordingClock();
    const controller = new AbortController();
    const sleeping = sleep(clock, 50, controller.signal);
    expect(clock.holdsProcess).toBe(true);
    controller.abort();
    expect(clock.holdsProcess).toBe(false);
    await expect(sleeping).rejects.toThrow('aborted');
  });

  it('is not disturbed by the abort of another that sleeps beside it', async () => {
    const clock = new RecordingClock();
    const controller = new AbortController();
    const aborted = sleep(clock, 10, controller.signal);
    const other = sleep(clock, 20, new AbortController().signal);
    controller.abort();
    await expect(aborted).rejects.toThrow('aborted');
    clock.advance(20);
    await expect(other).resolves.toBeUndefined();
    expect(clock.pendingTimers).toBe(0);
  });
});
