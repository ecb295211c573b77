import { given, MOST_KEYS, numberIn } from '@holdfast/core/adapter';

/** How much the store of a supervisor keeps; what it is not given is not more than that. */
export interface StoreLimits {
  readonly maxKeys: number;
  readonly maxBytes: number;
}

/** 256 MiB. */
const DEFAULT_BYTES = 2 ** 28;

/** Throws `TypeError` or `RangeError` for a wrong one. */
export const storeLimitsOf = (options: {
  readonly [Name in keyof StoreLimits]?: number | undefined;
}): StoreLimits => {
  const maxKeys = given(options.maxKeys, 100_000);
  const maxBytes = given(options.maxBytes, DEFAULT_BYTES);
  return {
    maxKeys: numberIn('store.maxKeys', maxKeys, { whole: true, min: 1, max: MOST_KEYS }),
    maxBytes: numberIn('store.maxBytes', maxBytes, { whole: true, min: 1 }),
  };
};
