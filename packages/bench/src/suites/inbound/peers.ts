import type { RequestHandler } from 'express';
import { rateLimit, type Options } from 'express-rate-limit';
import type { Middleware } from 'koa';
import koaRatelimit from 'koa-ratelimit';
import { RateLimiterMemory } from 'rate-limiter-flexible';
import { MOST, WINDOW_MS, WINDOW_S } from './limits.ts';

/** With the newest fields it knows, or with none. */
export const expressRateLimit = (standardHeaders: Options['standardHeaders']): RequestHandler =>
  rateLimit({ windowMs: WINDOW_MS, limit: MOST, standardHeaders, legacyHeaders: false });

/** Counts in one map: without it each request would have a map of its own, and no limit. */
export const koaRateLimit = (disableHeader: boolean): Middleware =>
  koaRatelimit({
    driver: 'memory',
    db: new Map(),
    duration: WINDOW_MS,
    max: MOST,
    disableHeader,
  });

const memory = (): RateLimiterMemory => new RateLimiterMemory({ points: MOST, duration: WINDOW_S });

/** It has no middleware: its pages call it like this. */
export const flexibleExpress = (): RequestHandler => {
  const limiter = memory();
  return async (request, response, next) => {
    try {
      await limiter.consume(request.ip ?? '');
    } catch {
      response.status(429).send('Too Many Requests');
      return;
    }
    next();
  };
};

export const flexibleKoa = (): Middleware => {
  const limiter = memory();
  return async (context, next) => {
    try {
      await limiter.consume(context.ip);
    } catch {
      context.status = 429;
      return;
    }
    await next();
  };
};
