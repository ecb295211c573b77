import type { Result } from '../call.ts';
import { isRejection } from '../errors.ts';
import { whenSettled } from './start.ts';

const succeeded = <T>(value: T): Result<T> => ({ ok: true, value });

const failed = (error: unknown): Result<never> => ({
  ok: false,
  error,
  rejection: isRejection(error) ? error : undefined,
});

/** The outcome of an execution as a value. */
export const attemptOf = <T>(execution: Promise<T>): Promise<Result<T>> =>
  whenSettled(execution, succeeded<T>, failed);
