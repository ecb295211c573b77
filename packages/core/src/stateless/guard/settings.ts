import { clockOf, randomOf } from '../../options/time-and-chance.ts';
import { assertOptions, given, numberIn } from '../../options/validate.ts';
import type { Clock, Random } from '../../runtime/clock.ts';
import type { GuardOptions } from './types.ts';

/** Options with every default filled in and every value checked. */
export interface GuardSettings {
  readonly maxPending: number;
  readonly maxWaiting: number;
  readonly maxBacklog: number;
  readonly clock: Clock;
  readonly random: Random;
}

const OPTIONS: readonly (keyof GuardOptions)[] = [
  'maxPending',
  'maxWaiting',
  'maxBacklog',
  'clock',
  'random',
];

export const guardSettingsOf = (options: GuardOptions): GuardSettings => {
  assertOptions('guarded', options, OPTIONS);
  const whole = (
    option: 'maxPending' | 'maxWaiting' | 'maxBacklog',
    fallback: number,
    min: number,
  ) => numberIn(option, given(options[option], fallback), { whole: true, min });
  return {
    maxPending: whole('maxPending', 64, 1),
    maxWaiting: whole('maxWaiting', 1_000, 0),
    maxBacklog: whole('maxBacklog', 10_000, 1),
    clock: clockOf(options.clock),
    random: randomOf(options.random),
  };
};
