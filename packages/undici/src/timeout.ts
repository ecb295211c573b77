import {
  timeout as timeoutPolicy,
  type TimeLimitPolicy,
  type TimeoutOptions as PolicyOptions,
} from '@holdfast/core';
import { assertOptions, given, oneOf } from '@holdfast/core/adapter';
import { interceptor, type Interceptor } from './interceptor.ts';
import { LimitedExchange, type Until } from './limited-exchange.ts';

/** Options of `timeout`: those of core's, of which `timeoutMs` is required. */
export interface TimeoutOptions extends PolicyOptions {
  /** What has to be there by then: the response's `headers` (default), or all of it, to its `end`. */
  readonly until?: Until | undefined;
}

/** The interceptor, with its policy. */
export type TimeoutInterceptor = Interceptor & {
  readonly limit: TimeLimitPolicy<PolicyOptions>;
};

/**
 * An interceptor that gives one attempt `timeoutMs`, waiting in the pool and connecting included, and
 * then fails it with `HF_TIMEOUT`, or `HF_DEADLINE_EXCEEDED` where a `deadline` further out is nearer.
 * Undici's own timeouts cover neither wait and are coarse (a second, undici 8). Throws `TypeError` or
 * `RangeError` for a wrong option.
 */
export const timeout = (options: TimeoutOptions): TimeoutInterceptor => {
  assertOptions('timeout', options, ['name', 'timeoutMs', 'stallMs', 'clock', 'until']);
  const { until, ...own } = options;
  const limit = timeoutPolicy({ ...own, name: given(own.name, 'outbound') });
  const waitsFor = oneOf('until', given(until, 'headers'), ['headers', 'end']);
  const intercept = interceptor((dispatch, request, handler) => {
    const exchange = new LimitedExchange(handler, waitsFor);
    if (!exchange.start()) return true;
    if (exchange.limit(limit, exchange.deadline) === undefined) return true;
    return exchange.send(dispatch, request);
  });
  return Object.assign(intercept, { limit });
};
