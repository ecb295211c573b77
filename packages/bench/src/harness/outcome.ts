import type { Operation } from './suite.ts';

/** What the operation gives or throws. */
export const outcomeOf = async (operation: Operation): Promise<unknown> => {
  try {
    return await operation();
  } catch (error) {
    return error;
  }
};

/** A property of anything, undefined where there is none. */
export const propertyOf = (value: unknown, key: string): unknown =>
  typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined;
