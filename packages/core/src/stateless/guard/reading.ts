import { isStoreError, StoreError } from '../store-error.ts';

/**
 * What the end of an operation says about the store: it answered; it failed; it answered, but too late;
 * or nothing, because the caller was wrong or gone.
 */
export type Reading = 'answer' | 'failure' | 'stale' | 'nothing';

/** The caller's mistake, as `arguments.ts` says it. */
export const isWrongArgument = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'HF_INVALID_OPTION';

/** What a store that rejects says of itself. */
export const readingOf = (error: unknown, signal: AbortSignal | undefined): Reading => {
  if (isStoreError(error)) {
    if (error.failure === 'refused') return 'answer';
    return error.failure === 'stale' ? 'stale' : 'failure';
  }
  return signal?.aborted === true || isWrongArgument(error) ? 'nothing' : 'failure';
};

/** What the caller is told: whatever a store fails with that is no `StoreError` becomes one. */
export const rejectionOf = (store: string, error: unknown, reading: Reading): unknown =>
  reading === 'failure' && !isStoreError(error)
    ? new StoreError(store, 'unknown', { cause: error })
    : error;
