import { assertOptions } from '@holdfast/core/adapter';
import {
  Answerer,
  entomb,
  exchangeOf,
  rejectionIn,
  type AnswerOptions,
} from '@holdfast/core/inbound';
import type { Middleware as KoaMiddleware } from 'koa';
import type { Subject } from './middleware.ts';

/** Options of `rejections`; both have a default. */
export type RejectionsOptions = Pick<AnswerOptions<Subject>, 'onReject' | 'random'>;

/**
 * Middleware that answers a `HoldfastError` which a handler threw, or one that is the `cause` of what was
 * thrown (`fetch` wraps it so), as if a guard had rejected the request. Passes every other error on. Mount
 * it before the routes. Throws `TypeError` for a wrong option.
 */
export const rejections = (options: RejectionsOptions = {}): KoaMiddleware => {
  assertOptions('rejections', options, ['onReject', 'random']);
  const answerer = new Answerer(options);
  return async (context, next) => {
    try {
      await next();
    } catch (error) {
      const rejection = rejectionIn(error);
      if (rejection === undefined || context.headerSent) throw error;
      answerer.refuse(exchangeOf(context.req, context.res), rejection, [context]);
      entomb(context.res);
    }
  };
};
