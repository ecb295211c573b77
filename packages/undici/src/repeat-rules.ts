import type { RetryOptions as PolicyOptions } from '@holdfast/core';
import { assertOptions, clockOf, given, nameOf, numberIn, wrongType } from '@holdfast/core/adapter';
import { IDEMPOTENT_METHODS, RETRYABLE_STATUSES, retryAfterMs } from '@holdfast/core/http';
import type { DispatchOptions } from './exchange.ts';
import { KEY_OPTIONS, type KeyOptions } from './keyed.ts';
import { fieldsOf, isWorthRetrying } from './outcome.ts';
import { hasHeader, isReplayable, originOf } from './request.ts';
import { retryTerms, type RetryTerms } from './retry-exchange.ts';

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

/** What may be repeated, and what is worth it. */
export interface RepeatRules {
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

const assertList = (option: string, list: unknown, items: string): void => {
  if (!Array.isArray(list)) throw wrongType(option, list, `a list of ${items}`);
};

const statusesOf = (statuses: readonly number[]): ReadonlySet<number> => {
  assertList('statuses', statuses, 'numbers');
  for (const status of statuses) numberIn('statuses', status, { whole: true, min: 200, max: 999 });
  return new Set(statuses);
};

const methodsOf = (methods: readonly string[]): ReadonlySet<string> => {
  assertList('methods', methods, 'methods');
  for (const method of methods)
    // Methods are case-sensitive: "get" would never match.
    if (!TOKEN.test(nameOf('methods', method)) || method !== method.toUpperCase())
      throw wrongType('methods', method, 'methods in upper case, such as "GET"');
  return new Set(methods);
};

/** A token (RFC 9110, 5.6.2), as every name of a field. */
const TOKEN = /^[\w!#$%&'*+.^`|~-]+$/;

const fieldNameOf = (option: string, name: string): string => {
  if (!TOKEN.test(nameOf(option, name))) throw wrongType(option, name, 'the name of a field');
  return name.toLowerCase();
};

const originsOf = (option: string, origins: readonly string[]): ReadonlySet<string> => {
  assertList(option, origins, 'origins');
  return new Set(
    origins.map((origin) => {
      const url = URL.canParse(origin) ? new URL(origin) : undefined;
      // Whatever is not of the web has the origin "null".
      if (url === undefined || url.origin === 'null')
        throw wrongType(option, origin, 'a list of origins, such as "https://api.example.com"');
      return url.origin;
    }),
  );
};

/** Checks what belongs to HTTP. Throws `TypeError` or `RangeError` for a wrong option. */
export const repeatRulesOf = (options: RetryOptions): RepeatRules => {
  assertOptions('retry', options, KNOWN);
  const { attemptHeader, maxElapsedMs, methods, statuses, idempotentOrigins } = options;
  const marker = given(attemptHeader, false);
  return {
    terms: retryTerms(clockOf(options.clock), {
      statuses: statusesOf(given(statuses, RETRYABLE_STATUSES)),
      attemptHeader: marker === false ? undefined : fieldNameOf('attemptHeader', marker),
      maxElapsedMs:
        maxElapsedMs === undefined ? undefined : numberIn('maxElapsedMs', maxElapsedMs, { min: 0 }),
    }),
    methods: methodsOf(given(methods, IDEMPOTENT_METHODS)),
    idempotentOrigins: originsOf('idempotentOrigins', given(idempotentOrigins, [])),
  };
};

/** Options of core's policy: it is asked only about statuses that are worth a further attempt. */
export const policyOptionsOf = (options: RetryOptions): PolicyOptions => {
  const { name, attempts, backoff, when, maxRetryAfterMs, maxElapsedMs } = options;
  const { budget, clock, random } = options;
  return {
    name: nameOf('name', given(name, 'outbound')),
    attempts,
    backoff,
    when: given(when, isWorthRetrying(new Set(given(options.statuses, RETRYABLE_STATUSES)))),
    whenResult: () => true,
    delay: (ended) => retryAfterMs(fieldsOf(ended)),
    maxRetryAfterMs,
    maxElapsedMs,
    budget,
    clock,
    random,
  };
};

/** A tunnel or another protocol's connection is no request that could be sent again. */
const isConnection = ({ method, upgrade }: DispatchOptions): boolean =>
  method === 'CONNECT' || (upgrade !== undefined && upgrade !== null && upgrade !== false);

/** Whether a request may be sent again: as it is, with a key of its own, or not at all. */
export const repetitionOf = (
  request: DispatchOptions,
  { methods, idempotentOrigins, terms }: RepeatRules,
): 'as-is' | 'keyed' | undefined => {
  const { attemptHeader } = terms;
  if (isConnection(request) || !isReplayable(request)) return undefined;
  // Somebody further out makes the attempts.
  if (attemptHeader !== undefined && hasHeader(request, attemptHeader)) return undefined;
  const safe = methods.has(request.method ?? 'GET') || request.idempotent === true;
  if (safe || hasHeader(request, 'idempotency-key')) return 'as-is';
  return idempotentOrigins.has(originOf(request)) ? 'keyed' : undefined;
};
