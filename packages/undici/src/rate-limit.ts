import {
  isRefusal,
  rateLimit as rateLimitPolicy,
  type RateLimit,
  type RateLimitOptions as PolicyOptions,
  type RatePermit,
  type Turned,
} from '@holdfast/core';
import { assertRecord, given, wrongType } from '@holdfast/core/adapter';
import { Exchange, type Dispatch, type DispatchOptions, type Handler } from './exchange.ts';
import { interceptor, type Interceptor } from './interceptor.ts';
import { keyOf, type KeyOptions } from './keyed.ts';

type OfRequests<Options> = Options extends unknown ? Omit<Options, 'cost'> : never;

/** Options of `rateLimit`: those of core's, with a fixed cost of 1 a request. */
export type RateLimitOptions = OfRequests<PolicyOptions> & Pick<KeyOptions, 'key'>;

/** The interceptor, with its limit. */
export type RateLimitInterceptor = Interceptor & { readonly limit: RateLimit };

/** Has the unit back of a request that was never sent: turned away, or given up in a queue inside. */
class RateLimitExchange extends Exchange {
  declare private permit: RatePermit | undefined;
  /** What the limit counts it under; read by `enter`. */
  declare readonly key: string;

  constructor(handler: Handler, key: string) {
    super(handler);
    this.permit = undefined;
    this.key = key;
  }

  admit(answer: RatePermit | Turned, dispatch: Dispatch, options: DispatchOptions): boolean {
    if (!answer.admitted) return this.end(answer.rejection);
    this.permit = answer;
    if (this.over) answer.giveBack(); // given up while it waited
    return this.send(dispatch, options);
  }

  override get waits(): boolean {
    return this.permit === undefined || super.waits;
  }

  protected override failed(error: Error): void {
    if (isRefusal(error) || super.waits) this.permit?.giveBack();
  }
}

/**
 * An interceptor that sends no more requests to an origin (or `key`) than `rate` and `burst`, or
 * `quota` and `windowMs`, allow: what the other side permits, so there is no default. With `maxWaitMs` a
 * request waits for its turn; one beyond the limit fails with `HF_RATE_LIMITED` and `retryAfterMs` and is
 * never sent. A limit that is given is shared. Throws `TypeError` or `RangeError` for a wrong option.
 */
export const rateLimit = (limitOrOptions: RateLimit | RateLimitOptions): RateLimitInterceptor => {
  const limit = isLimit(limitOrOptions) ? limitOrOptions : limitOf(limitOrOptions);
  const keyFor = keyOf(isLimit(limitOrOptions) ? {} : limitOrOptions);
  const handle = (dispatch: Dispatch, options: DispatchOptions, handler: Handler): boolean => {
    const key = keyFor(options);
    if (key === null) return dispatch(options, handler);
    const exchange = new RateLimitExchange(handler, key);
    if (!exchange.start()) return true;
    const answer = limit.enter(exchange);
    if (!(answer instanceof Promise)) return exchange.admit(answer, dispatch, options);
    return exchange.after(answer, (late) =>
      exchange.admit(late, dispatch, exchange.refreshed(options)),
    );
  };
  return Object.assign(interceptor(handle), { limit });
};

const isLimit = (either: RateLimit | RateLimitOptions): either is RateLimit =>
  typeof either === 'object' && either !== null && 'take' in either;

const limitOf = (options: RateLimitOptions): RateLimit => {
  assertRecord('rateLimit', options);
  // The cost of a request is 1; what else there is core knows.
  const cost: unknown = Reflect.get(options, 'cost');
  if (cost !== undefined) throw wrongType('cost', cost, 'none here');
  const { key: _, ...own } = options;
  return rateLimitPolicy({ ...own, name: given(own.name, 'outbound') });
};
