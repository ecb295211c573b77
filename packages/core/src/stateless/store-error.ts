import { HoldfastError, isRejection } from '../errors.ts';

/**
 * What is known of an operation that failed. `not-sent`: it never left this process. `refused`: the store
 * turned it down. `stale`: it came after its deadline and did nothing. `unknown`: it may have
 * been carried out, before its deadline. Only after `unknown` a repetition may be a second time.
 */
export type StoreFailure = 'not-sent' | 'refused' | 'stale' | 'unknown';

/** An operation of a store that failed. Recognise it with `isStoreError`. */
export class StoreError extends HoldfastError {
  readonly failure: StoreFailure;

  constructor(
    store: string,
    failure: StoreFailure,
    details: { readonly cause?: unknown; readonly retryAfterMs?: number | undefined } = {},
  ) {
    super({ code: 'HF_STORE_UNAVAILABLE', policy: store, ...details });
    this.failure = failure;
  }

  override get message(): string {
    return `${super.message} (${this.failure})`;
  }
}

/** True for what a store failed with, also one of another copy of this package. */
export const isStoreError = (error: unknown): error is StoreError =>
  isRejection(error) && error.code === 'HF_STORE_UNAVAILABLE';
