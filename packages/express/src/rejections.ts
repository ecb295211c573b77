import { isRejection, type HoldfastError } from '@holdfast/core';
import type { ErrorRequestHandler } from 'express';
import { answerRejection } from './problem.ts';

/**
 * Error middleware that answers a `HoldfastError` thrown by a handler, or one that is the `cause` of
 * what was thrown (`fetch` wraps it so), with 503, `Retry-After` and a problem body. Passes every
 * other error on. Mount it after the routes.
 */
export const rejections = (): ErrorRequestHandler => (error: unknown, _request, response, next) => {
  const rejection = rejectionIn(error);
  if (rejection === undefined || response.headersSent) next(error);
  else answerRejection(response, rejection);
};

const rejectionIn = (error: unknown): HoldfastError | undefined => {
  if (isRejection(error)) return error;
  return error instanceof Error && isRejection(error.cause) ? error.cause : undefined;
};
