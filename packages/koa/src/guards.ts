import { guardsOf, type Guards, type Sessions } from '@holdfast/core/inbound';
import type { Middleware as KoaMiddleware } from 'koa';
import { middleware, type Middleware, type SessionState, type Subject } from './middleware.ts';
import { routeOf } from './route.ts';

type Pieces = Guards<Subject, Middleware>;

const guards: Pieces = guardsOf<Subject, Middleware>({
  middleware,
  routeOf,
  onSession: (session, { state }) => Object.assign(state, { session }),
});

/**
 * The named parts in the order in which they help most: health → drain → deadline → rate limit →
 * bulkhead → timeout → circuit breaker → handler. Mount it before body parsers. Throws `TypeError` or
 * `RangeError` for a wrong option, and where no part is named.
 */
export const guard: Pieces['guard'] = guards.guard;

/**
 * Asks a circuit before the handler runs, and tells it how the response ended: 5xx, a broken response, our
 * timeout and a deadline that passed late are failures, a complete answer else is a success; a client who left and
 * our own refusals say nothing. A refused request gets 503 and `Retry-After`. Each route (or `key`) has a
 * circuit of its own; under `app.use`, where no route has matched yet, all requests share one. Throws
 * `TypeError` or `RangeError` for a wrong option.
 */
export const breaker: Pieces['breaker'] = guards.breaker;

/**
 * Answers 503 in the handler's stead when its response has not begun within `timeoutMs`, aborts
 * `inbound(context).signal`, and makes all that the handler writes later do nothing. Throws `TypeError`
 * or `RangeError` for a wrong option.
 */
export const timeout: Pieces['timeout'] = guards.timeout;

/**
 * Bounds a request by `deadlineMs`, or by the time its caller will still wait where that is trusted and
 * nearer; then it is answered with 504, as is one that comes with no time left. Outbound calls of the
 * handler inherit it. Throws `TypeError` or `RangeError` for a wrong option.
 */
export const deadline: Pieces['deadline'] = guards.deadline;

/**
 * Lets no more than `concurrency` requests be at work at once, each until its response is over; `queue` more
 * wait, and the rest gets 503. A client who leaves leaves the queue. With `key` each key has slots
 * of its own. Throws `TypeError` or `RangeError` for a wrong option.
 */
export const bulkhead: Pieces['bulkhead'] = guards.bulkhead;

/**
 * Lets each client (or `key`) have so many requests a second or in a window, tells it in `RateLimit` fields
 * what is left, and answers 429 beyond. Throws `TypeError` or `RangeError` for a wrong option.
 */
export const rateLimit: Pieces['rateLimit'] = guards.rateLimit;

/** Answers to `/livez`, `/readyz` and `/startupz`. Mount it before everything else. */
export const health: Pieces['health'] = guards.health;

/**
 * Opens the session of a request as it arrives (`sessionOf(context)`, `context.state.session`), sends its cookie
 * with the answer, whoever gives it, and holds back what would complete the answer until what was changed is
 * saved: an answer that could not be saved is 503 (the store is lost), 409 (`strict`: another request changed
 * the same) or 500 (it holds more than it may, or no JSON) instead, or breaks off where it had begun. What a
 * request changed that a guard turned away is not kept. Mount it behind what compresses or else changes the
 * answer. Throws `TypeError` or `RangeError` for a wrong option.
 */
export const session: (
  ...given: Parameters<Pieces['session']>
) => KoaMiddleware<SessionState> & { readonly sessions: Sessions } = guards.session;
