import {
  entomb,
  exchangeOf,
  type Exchange,
  type Gate,
  type Inbound,
  type Session,
} from '@holdfast/core/inbound';
import type { Middleware as KoaMiddleware, Next, ParameterizedContext } from 'koa';
import { keepRateLimitFields } from './kept-fields.ts';

/** What guards put into `ctx.state`. */
export interface HoldfastState {
  holdfast: Inbound;
}

/** What `session` puts into `ctx.state`. */
export interface SessionState extends HoldfastState {
  session: Session;
}

/** A context whatever an app puts into its state and itself. */
export type Context = ParameterizedContext<object>;

/** What functions among the options get. */
export type Subject = readonly [context: Context];

/** Middleware for an app, a router or one route. `ctx.state.holdfast` is typed for what comes after. */
export type Middleware = KoaMiddleware<HoldfastState>;

/** Koa would leave a response open for ever whose handler threw after its headers were out. */
const breakOff = ({ response }: Exchange, error: unknown): void => {
  if (response.headersSent && !response.writableEnded)
    response.destroy(error instanceof Error ? error : undefined);
};

const goOn = (exchange: Exchange, next: Next): Promise<unknown> =>
  exchange.proceed(next).then(undefined, (error: unknown) => {
    breakOff(exchange, error);
    keepRateLimitFields(exchange.response, error);
    throw error;
  });

/** Goes on; at the latest until a guard answers in the handler's stead, whatever the handler does then. */
const through = (exchange: Exchange, next: Next): Promise<unknown> => {
  // Only a limit of time answers while the handler is at work; one further in ends what waits for it.
  if (exchange.deadline === undefined) return goOn(exchange, next);
  return new Promise((resolve, reject) => {
    exchange.whenAbandoned(() => resolve(undefined));
    goOn(exchange, next).then(resolve, reject);
  });
};

/**
 * What comes next, or nothing more: what middleware in front sets on its way back, such as the cookie of a
 * session, would throw now that the answer is out.
 */
const onward = (exchange: Exchange, next: Next, goes: boolean): Promise<unknown> | undefined => {
  if (goes) return through(exchange, next);
  entomb(exchange.response);
  return undefined;
};

/** Puts a gate in front of what comes next. */
export const middleware =
  (gate: Gate<Subject>): Middleware =>
  (context, next) => {
    const exchange = exchangeOf(context.req, context.res);
    context.state.holdfast ??= exchange;
    const goes = gate(exchange, [context]);
    return typeof goes === 'boolean'
      ? onward(exchange, next, goes)
      : goes.then((late) => onward(exchange, next, late));
  };
