import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { Clock } from '@holdfast/core';
import { REQUEST_CHANNELS } from './vitals.ts';

/** Calls back once: before the program has the first request from now on, or after so long without one. */
export const atFirstRequest = (clock: Clock, withinMs: number, callback: () => void): void => {
  const due = (): void => {
    timer[Symbol.dispose]();
    for (const channel of REQUEST_CHANNELS) unsubscribe(channel, due);
    callback();
  };
  const timer = clock.setTimer(due, withinMs);
  timer.unref();
  for (const channel of REQUEST_CHANNELS) subscribe(channel, due);
};
