import { assertOptions, given, numberIn } from '@holdfast/core/adapter';
import { drainTimesOf } from '@holdfast/core/lifecycle';
import type { ShutdownTimes } from '../protocol/launch.ts';
import type { ShutdownOptions } from './supervise-options.ts';

export interface ShutdownSettings extends ShutdownTimes {
  readonly killAfterMs: number;
}

/** Checks how long workers have to leave, and fills in the defaults. */
export const shutdownOf = (options: ShutdownOptions): ShutdownSettings => {
  const known = ['announceMs', 'lingerMs', 'deadlineMs', 'errorDeadlineMs', 'killAfterMs'];
  assertOptions('shutdown', options, known);
  const times = drainTimesOf(options, 'shutdown.');
  const { deadlineMs } = times;
  const errorMs = given(options.errorDeadlineMs, Math.min(5_000, deadlineMs));
  const killMs = given(options.killAfterMs, 2_000);
  return {
    ...times,
    errorDeadlineMs: numberIn('shutdown.errorDeadlineMs', errorMs, { above: 0, max: deadlineMs }),
    killAfterMs: numberIn('shutdown.killAfterMs', killMs, { min: 0 }),
  };
};
