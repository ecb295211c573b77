import type { RunOptions } from '../call.ts';
import { wrongType } from './validate.ts';

const isSignal = (signal: unknown): boolean =>
  typeof signal === 'object' &&
  signal !== null &&
  'aborted' in signal &&
  ['addEventListener', 'removeEventListener'].every(
    (method) => typeof Reflect.get(signal, method) === 'function',
  );

const isNumber = (value: unknown): boolean => typeof value === 'number' && !Number.isNaN(value);

/** What is wrong with the options of one call, as a typed error; undefined when nothing is. */
export const faultOf = (options: RunOptions | undefined): unknown => {
  if (options === undefined) return undefined;
  try {
    const { signal, deadline, priority } = options;
    if (signal !== undefined && !isSignal(signal))
      throw wrongType('signal', signal, 'an AbortSignal');
    if (deadline !== undefined && !isNumber(deadline))
      throw wrongType('deadline', deadline, 'a number of monotonic milliseconds');
    if (priority !== undefined && !isNumber(priority))
      throw wrongType('priority', priority, 'a number');
    return undefined;
  } catch (error) {
    return error;
  }
};

/** What is wrong with a call that is no function; checked so that no dependency is blamed for it. */
export const faultOfCall = (call: unknown): TypeError | undefined =>
  typeof call === 'function' ? undefined : wrongType('call', call, 'a function');
