import { AsyncResource } from 'node:async_hooks';
import { retry as retryPolicy, type Retry } from '@holdfast/core';
import { given, keyedRegistry, type KeyedRegistry } from '@holdfast/core/adapter';
import { idempotencyKey } from '@holdfast/core/http';
import type { DispatchOptions } from './exchange.ts';
import { interceptor, type Interceptor } from './interceptor.ts';
import { DEFAULT_MAX_KEYS, keyOf } from './keyed.ts';
import {
  policyOptionsOf,
  repeatRulesOf,
  repetitionOf,
  type RepeatRules,
  type RetryOptions,
} from './repeat-rules.ts';
import { stableRequest, withHeader } from './request.ts';
import { RetryExchange } from './retry-exchange.ts';

/** The interceptor, with its policies (and their budgets) by key. */
export type RetryInterceptor = Interceptor & { readonly retries: KeyedRegistry<Retry> };

/** How long budgets are remembered that nobody uses: by then they are full again. */
const BUDGET_SPAN_MS = 10_000;

const retriesOf = (options: RetryOptions): KeyedRegistry<Retry> => {
  const policyOptions = policyOptionsOf(options);
  const create = (): Retry => retryPolicy(policyOptions);
  // Wrong options are to throw now and not at the first request.
  create()[Symbol.dispose]();
  return keyedRegistry({
    name: given(options.name, 'outbound'),
    clock: options.clock,
    maxEntries: given(options.maxKeys, DEFAULT_MAX_KEYS),
    idleMs: BUDGET_SPAN_MS,
    create,
    overflow: create,
    spare: () => 'idle',
  });
};

/** The request as every attempt sends it, or undefined when there is to be only one. */
const repeatable = (request: DispatchOptions, rules: RepeatRules): DispatchOptions | undefined => {
  const repetition = repetitionOf(request, rules);
  return repetition === 'keyed'
    ? withHeader(request, 'idempotency-key', idempotencyKey())
    : repetition && request;
};

/**
 * An interceptor that sends a request again when a further attempt may end better: after an error of
 * the server's side or one of `statuses`, with the backoff, `Retry-After` floor and budget of core's
 * `retry`; each origin (or `key`) has a budget of its own. It repeats only what may be sent twice (see
 * `methods`, an `Idempotency-Key`, undici's `idempotent: true`) and can be (strings, bytes, Blobs, forms;
 * no streams, no bodies of `fetch`: see `wrapFetch`), and never once the caller has had a response. The
 * last response is passed on whole. Throws `TypeError` or `RangeError` for a wrong option.
 */
export const retry = (options: RetryOptions = {}): RetryInterceptor => {
  const rules = repeatRulesOf(options);
  const { terms } = rules;
  const { clock, maxElapsedMs } = terms;
  const keyFor = keyOf(options);
  const retries = retriesOf(options);
  const intercept = interceptor((dispatch, request, handler) => {
    const key = keyFor(request);
    if (key === null) return dispatch(request, handler);
    const policy = retries.get(key);
    policy.firstAttempt();
    const stable = stableRequest(request);
    const repeated = repeatable(stable, rules);
    if (repeated === undefined) return dispatch(stable, handler);
    const exchange = new RetryExchange(handler, {
      terms,
      policy,
      dispatch,
      options: repeated,
      until: maxElapsedMs === undefined ? undefined : clock.now() + maxElapsedMs,
      context: new AsyncResource('HoldfastRetry'),
    });
    return exchange.start() ? exchange.dispatch() : true;
  });
  return Object.assign(intercept, { retries });
};
