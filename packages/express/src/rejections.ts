import { assertOptions } from '@holdfast/core/adapter';
import { Answerer, exchangeOf, rejectionIn, type AnswerOptions } from '@holdfast/core/inbound';
import type { ErrorRequestHandler } from 'express';
import type { Subject } from './middleware.ts';

/** Options of `rejections`; both have a default. */
export type RejectionsOptions = Pick<AnswerOptions<Subject>, 'onReject' | 'random'>;

/**
 * Error middleware that answers a `HoldfastError` which a handler threw, or one that is the `cause` of
 * what was thrown (`fetch` wraps it so), as if a guard had rejected the request. Passes every other error
 * on. Mount it after the routes. Throws `TypeError` for a wrong option.
 */
export const rejections = (options: RejectionsOptions = {}): ErrorRequestHandler => {
  assertOptions('rejections', options, ['onReject', 'random']);
  const answerer = new Answerer(options);
  return (error: unknown, request, response, next) => {
    const rejection = rejectionIn(error);
    if (rejection === undefined || response.headersSent) next(error);
    else answerer.refuse(exchangeOf(request, response), rejection, [request, response]);
  };
};
