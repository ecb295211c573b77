import { given, MOST_KEYS, numberIn } from '@holdfast/core/adapter';

/** Options of the store that all workers share. */
export interface SharedStoreOptions {
  /** See `memoryStore`. Default 100,000. */
  readonly maxKeys?: number | undefined;
  /**
   * How many bytes records and their keys take up with the keys that workers watch, and the keys of rates, of windows and
   * of leases, each by themselves. Default 256 MiB.
   */
  readonly maxBytes?: number | undefined;
}

/** How much the store of a supervisor keeps; what it is not given is not more than that. */
export interface StoreLimits {
  readonly maxKeys: number;
  readonly maxBytes: number;
}

/** 256 MiB. */
const DEFAULT_BYTES = 2 ** 28;

/** Throws `TypeError` or `RangeError` for a wrong one. */
export const storeLimitsOf = (options: SharedStoreOptions): StoreLimits => {
  const maxKeys = given(options.maxKeys, 100_000);
  const maxBytes = given(options.maxBytes, DEFAULT_BYTES);
  return {
    maxKeys: numberIn('store.maxKeys', maxKeys, { whole: true, min: 1, max: MOST_KEYS }),
    maxBytes: numberIn('store.maxBytes', maxBytes, { whole: true, min: 1 }),
  };
};
