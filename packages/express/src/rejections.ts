import { Answerer, exchangeOf, rejectionIn, type GuardOptions } from '@holdfast/core/inbound';
import type { ErrorRequestHandler } from 'express';
import type { Subject } from './middleware.ts';

/**
 * Error middleware that answers a `HoldfastError` which a handler threw, or one that is the `cause` of
 * what was thrown (`fetch` wraps it so), as if a guard had rejected the request. Passes every other error
 * on. Mount it after the routes. Throws `TypeError` for a wrong option.
 */
export const rejections = (options: GuardOptions<Subject> = {}): ErrorRequestHandler => {
  const answerer = new Answerer(options);
  return (error: unknown, request, response, next) => {
    const rejection = rejectionIn(error);
    if (rejection === undefined || response.headersSent) next(error);
    else answerer.refuse(exchangeOf(request, response), rejection, [request, response]);
  };
};
