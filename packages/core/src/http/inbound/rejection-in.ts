import { isRejection, type HoldfastError } from '../../errors.ts';

/** The rejection that an error is, or carries as its cause, as `fetch` does; undefined without one. */
export const rejectionIn = (error: unknown): HoldfastError | undefined => {
  if (isRejection(error)) return error;
  return error instanceof Error && isRejection(error.cause) ? error.cause : undefined;
};
