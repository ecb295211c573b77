import { isRefusal, type HoldfastError } from '@holdfast/core';

/** The refusal that a client passed on, or wrapped in an error of its own. */
export const refusalIn = (error: unknown): HoldfastError | undefined => {
  if (isRefusal(error)) return error;
  return error instanceof Error && error.cause !== undefined ? refusalIn(error.cause) : undefined;
};
