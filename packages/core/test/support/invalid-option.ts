import { expect } from 'vitest';

type OptionError = Error & { readonly code?: unknown; readonly option?: unknown };

/** The error that an action throws; fails when it throws none. */
export const errorOf = (act: () => unknown): OptionError => {
  try {
    act();
  } catch (error) {
    if (error instanceof Error) return error;
    throw new TypeError('what was thrown is no error', { cause: error });
  }
  throw new Error('nothing was thrown');
};

/** How a message shows a value, as far as it can be told from outside. */
const shown = (value: unknown): string => {
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'function') return 'a function';
  if (Array.isArray(value)) return 'an array';
  return typeof value === 'object' && value !== null ? 'an object' : String(value);
};

export interface Complaint {
  readonly type: typeof TypeError | typeof RangeError;
  readonly option: string;
  readonly value: unknown;
}

/** Expects an error that names the option, its value and what is allowed. */
export const expectInvalid = (act: () => unknown, { type, option, value }: Complaint): void => {
  const error = errorOf(act);
  expect(error).toBeInstanceOf(type);
  expect(error.code).toBe('HF_INVALID_OPTION');
  expect(error.option).toBe(option);
  expect(error.message).toContain(`option "${option}" is ${shown(value)}; allowed: `);
  expect(error.message).not.toMatch(/allowed: $/);
};
