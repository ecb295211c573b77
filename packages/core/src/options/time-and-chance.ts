import type { Clock, Random } from '../runtime/clock.ts';
import { forwardClock } from '../runtime/forward-clock.ts';
import { systemClock } from '../runtime/system-clock.ts';
import { systemRandom } from '../runtime/system-random.ts';
import { assertFunction, wrongType } from './validate.ts';

/** The clock an option names, made safe against going back; the system's by default. */
export const clockOf = (clock: Clock | undefined): Clock => {
  if (clock === undefined) return systemClock;
  const methods = ['now', 'wallNow', 'setTimer', 'afterPoll'];
  const complete =
    typeof clock === 'object' &&
    clock !== null &&
    methods.every((method) => typeof Reflect.get(clock, method) === 'function');
  if (!complete) throw wrongType('clock', clock, `an object with ${methods.join(', ')}`);
  return forwardClock(clock);
};

const soundRandoms = new WeakMap<Random, Random>();

/**
 * The source of chance an option names; `Math.random` by default. A roll outside [0, 1), or a
 * throw, is taken for one half.
 */
export const randomOf = (random: Random | undefined): Random => {
  assertFunction('random', random);
  if (random === undefined) return systemRandom;
  const known = soundRandoms.get(random);
  if (known !== undefined) return known;
  const sound = (): number => {
    try {
      const roll = random();
      // A break drawn from NaN would never be over.
      return roll >= 0 && roll < 1 ? roll : 0.5;
    } catch {
      return 0.5; // in the middle of a transition nobody could take the error
    }
  };
  soundRandoms.set(random, sound);
  soundRandoms.set(sound, sound);
  return sound;
};
