import { assertOptions, given, numberIn, outOfRange } from '@holdfast/core/adapter';
import type { ShutdownTimes } from '../protocol/launch.ts';
import type { ShutdownOptions } from './types.ts';

export interface ShutdownSettings extends ShutdownTimes {
  readonly killAfterMs: number;
}

/** Checks how long workers have to leave, and fills in the defaults. */
export const shutdownOf = (options: ShutdownOptions): ShutdownSettings => {
  const known = ['announceMs', 'lingerMs', 'deadlineMs', 'errorDeadlineMs', 'killAfterMs'];
  assertOptions('shutdown', options, known);
  const deadlineMs = numberIn('shutdown.deadlineMs', given(options.deadlineMs, 10_000), {
    above: 0,
  });
  const announceMs = numberIn('shutdown.announceMs', given(options.announceMs, 0), { min: 0 });
  const usualMs = Math.min(1_500, Math.max(0, deadlineMs - announceMs) / 2);
  const lingerMs = numberIn('shutdown.lingerMs', given(options.lingerMs, usualMs), { min: 0 });
  const before = announceMs + lingerMs;
  if (before >= deadlineMs)
    throw outOfRange(
      'shutdown.deadlineMs',
      deadlineMs,
      `more than announceMs and lingerMs, ${before}`,
    );
  const errorMs = given(options.errorDeadlineMs, Math.min(5_000, deadlineMs));
  const killMs = given(options.killAfterMs, 2_000);
  return {
    announceMs,
    lingerMs,
    deadlineMs,
    errorDeadlineMs: numberIn('shutdown.errorDeadlineMs', errorMs, { above: 0, max: deadlineMs }),
    killAfterMs: numberIn('shutdown.killAfterMs', killMs, { min: 0 }),
  };
};
