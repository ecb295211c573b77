import { AsyncResource } from 'node:async_hooks';
import { retry as retryPolicy, type Retry, type RetryOptions as PolicyOptions } from '@holdfast/core';
import {
  assertOptions,
  clockOf,
  given,
  keyedRegistry,
  nameOf,
  numberIn,
  wrongType,
  type KeyedRegistry,
} from '@holdfast/core/adapter';
import {
  IDEMPOTENT_METHODS,
  idempotencyKey,
  RETRYABLE_STATUSES,
  retryAfterMs,
} from '@holdfast/core/http';
import { interceptor, type DispatchOptions, type Interceptor } from './exchange.ts';
import { DEFAULT_MAX_KEYS, KEY_OPTIONS, keyOf, type KeyOptions } from './keyed.ts';
import { fieldsOf, isWorthRetrying } from './outcome.ts';
import { hasHeader, isReplayable, originOf, stableRequest, withHeader } from './request.ts';
import { RetryExchange, retryTerms, type RetryTerms } from './retry-exchange.ts';

/** Options of `retry`: those of core's, and what belongs to HTTP. */
export interface RetryOptions extends Omit<PolicyOptions, 'delay' | 'whenResult'>, KeyOptions {
  /** Methods that may be retried. Default: GET, HEAD, OPTIONS, TRACE, PUT, DELETE, QUERY. */
  readonly methods?: readonly string[] | undefined;
  /** Final statuses that are worth a further attempt. Default: 408, 425, 429, 500, 502, 503, 504. */
  readonly statuses?: readonly number[] | undefined;
  /**
   * Origins known to honour `Idempotency-Key`: a request to one of them with another method is given
   * a key, the same for all its attempts, and may then be retried. Default: none.
   */
  readonly idempotentOrigins?: readonly string[] | undefined;
  /**
   * The field that tells the number of the attempt, for one layer to retry: a request that carries it
   * already is not retried here. Default false: none.
   */
  readonly attemptHeader?: string | false | undefined;
}

/** The interceptor, with its policies (and their budgets) by key. */
export type RetryInterceptor = Interceptor & { readonly retries: KeyedRegistry<Retry> };

interface Settings {
  readonly terms: RetryTerms;
  readonly methods: ReadonlySet<string>;
  readonly idempotentOrigins: ReadonlySet<string>;
}

const KNOWN = [
  'name',
  'attempts',
  'backoff',
  'when',
  'maxRetryAfterMs',
  'maxElapsedMs',
  'budget',
  'clock',
  'random',
  'methods',
  'statuses',
  'idempotentOrigins',
  'attemptHeader',
  ...KEY_OPTIONS,
];

const listOf = <T>(option: string, list: readonly T[], item: 'number' | 'string'): readonly T[] => {
  const sound = Array.isArray(list) && list.every((each) => typeof each === item);
  if (!sound) throw wrongType(option, list, `a list of ${item}s`);
  return list;
};

const settingsOf = (options: RetryOptions): Settings => {
  assertOptions('retry', options, KNOWN);
  const { attemptHeader, maxElapsedMs, methods, statuses, idempotentOrigins } = options;
  const marker = given(attemptHeader, false);
  const origins = listOf('idempotentOrigins', given(idempotentOrigins, []), 'string');
  const statusList = listOf('statuses', given(statuses, RETRYABLE_STATUSES), 'number');
  return {
    terms: retryTerms(clockOf(options.clock), {
      statuses: new Set(statusList),
      attemptHeader: marker === false ? undefined : nameOf('attemptHeader', marker).toLowerCase(),
      maxElapsedMs:
        maxElapsedMs === undefined ? undefined : numberIn('maxElapsedMs', maxElapsedMs, { min: 0 }),
    }),
    methods: new Set(listOf('methods', given(methods, IDEMPOTENT_METHODS), 'string')),
    idempotentOrigins: new Set(origins.map((origin) => new URL(origin).origin)),
  };
};

/** How long budgets are remembered that nobody uses: by then they are full again. */
const BUDGET_SPAN_MS = 10_000;

const retriesOf = (options: RetryOptions): KeyedRegistry<Retry> => {
  const { key: _, maxKeys, methods: _m, statuses: _s, idempotentOrigins: _o, ...rest } = options;
  const { attemptHeader: _a, maxElapsedMs: _e, ...own } = rest;
  const name = nameOf('name', given(options.name, 'outbound'));
  const create = (): Retry =>
    retryPolicy({
      ...own,
      name,
      when: own.when ?? isWorthRetrying,
      whenResult: () => true, // asked only for statuses that are worth it
      delay: (ended) => retryAfterMs(fieldsOf(ended)),
    });
  // Wrong options are to throw now and not at the first request.
  create()[Symbol.dispose]();
  return keyedRegistry({
    name,
    clock: options.clock,
    maxEntries: given(maxKeys, DEFAULT_MAX_KEYS),
    idleMs: BUDGET_SPAN_MS,
    create,
    overflow: create,
    spare: () => 'idle',
  });
};

/** The request as every attempt sends it, or undefined when there is to be only one. */
const repeatable = (request: DispatchOptions, settings: Settings): DispatchOptions | undefined => {
  const { methods, idempotentOrigins, terms } = settings;
  const { method, upgrade } = request;
  if (method === 'CONNECT' || (upgrade !== undefined && upgrade !== null && upgrade !== false))
    return undefined;
  if (!isReplayable(request)) return undefined;
  const stable = stableRequest(request);
  if (terms.attemptHeader !== undefined && hasHeader(stable, terms.attemptHeader)) return undefined;
  const safe = methods.has(method ?? 'GET') || request.idempotent === true;
  if (safe || hasHeader(stable, 'idempotency-key')) return stable;
  const honoured = idempotentOrigins.has(originOf(request));
  return honoured ? withHeader(stable, 'idempotency-key', idempotencyKey()) : undefined;
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
  const settings = settingsOf(options);
  const { terms } = settings;
  const { clock, maxElapsedMs } = terms;
  const keyFor = keyOf(options);
  const retries = retriesOf(options);
  const intercept = interceptor((dispatch, request, handler) => {
    const key = keyFor(request);
    if (key === null) return dispatch(request, handler);
    const policy = retries.get(key);
    policy.firstAttempt();
    const repeated = repeatable(request, settings);
    if (repeated === undefined) return dispatch(request, handler);
    const exchange = new RetryExchange(handler, terms, {
      policy,
      dispatch,
      options: repeated,
      until: maxElapsedMs === undefined ? Infinity : clock.now() + maxElapsedMs,
      context: new AsyncResource('HoldfastRetry'),
    });
    return exchange.start() ? exchange.dispatch() : true;
  });
  return Object.assign(intercept, { retries });
};
