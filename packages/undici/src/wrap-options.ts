import type {
  CircuitBreakerOptions,
  Clock,
  DeadlineOptions,
  Random,
  StandardPipelineOptions,
} from '@holdfast/core';
import {
  assertFunction,
  assertOptions,
  booleanOf,
  clockOf,
  given,
  nameOf,
  numberIn,
  oneOf,
  wrongType,
} from '@holdfast/core/adapter';
import { DEADLINE_HEADERS, isFailureStatus, type DeadlineHeader } from '@holdfast/core/http';
import { DEFAULT_MAX_KEYS, keyOf, type KeyedRequest, type KeyOptions } from './keyed.ts';
import { policyOptionsOf, repeatRulesOf, type RepeatRules } from './repeat-rules.ts';
import type { RetryOptions } from './repeat-rules.ts';

type Named = 'name' | 'key' | 'maxKeys' | 'clock' | 'random';

/** Options of `wrapFetch` and `wrapRequest`; every one has a default, and `false` leaves a policy out. */
export interface WrapOptions extends KeyOptions {
  /** Every policy bears it in errors, events and metrics. Default `outbound`. */
  readonly name?: string | undefined;
  /** The whole call, to the headers of its response. Default 30 seconds; `withDeadline` bounds it too. */
  readonly deadline?:
    | {
        readonly deadlineMs?: DeadlineOptions['deadlineMs'] | undefined;
        readonly stallMs?: DeadlineOptions['stallMs'];
        readonly inherit?: boolean | undefined;
        readonly header?: DeadlineHeader | false | undefined;
      }
    | false
    | undefined;
  /** As the interceptor's. Bodies of `fetch` can be sent again here, those made by a function too. */
  readonly retry?: Omit<RetryOptions, Named> | false | undefined;
  /** As the interceptor's, but judged at the headers: a call says nothing of its body's end. */
  readonly breaker?:
    | (Omit<CircuitBreakerOptions, Named | 'classify' | 'isFailure'> & {
        readonly failureStatus?: ((status: number) => boolean) | undefined;
      })
    | false
    | undefined;
  readonly rateLimit?: StandardPipelineOptions['rateLimit'];
  readonly bulkhead?: StandardPipelineOptions['bulkhead'];
  readonly timeout?: StandardPipelineOptions['timeout'];
  readonly clock?: Clock | undefined;
  readonly random?: Random | undefined;
}

/** The options, checked. */
export interface WrapSettings {
  readonly name: string;
  readonly clock: Clock;
  readonly keyFor: (request: KeyedRequest) => string | null;
  readonly maxKeys: number;
  readonly inherit: boolean;
  readonly header: DeadlineHeader | false;
  readonly failureStatus: (status: number) => boolean;
  /** Undefined where nothing is to be repeated. */
  readonly rules: RepeatRules | undefined;
  /** For core; it lacks what a response means. */
  readonly pipeline: StandardPipelineOptions;
}

const KNOWN: readonly (keyof WrapOptions)[] = [
  'name',
  'key',
  'maxKeys',
  'deadline',
  'retry',
  'breaker',
  'rateLimit',
  'bulkhead',
  'timeout',
  'clock',
  'random',
];

const OF_THE_WHOLE: readonly Named[] = ['name', 'key', 'maxKeys', 'clock', 'random'];

const DEADLINE_MS = 30_000;

type Part<Option> = Exclude<Option, false | undefined>;

/** The options of a policy; none where it is left out. */
const partOf = <Option>(where: string, part: Option): Part<Option> | undefined => {
  if (part === false || part === undefined) return undefined;
  if (typeof part !== 'object' || part === null) throw wrongType(where, part, 'options or false');
  return part as Part<Option>;
};

/** What the whole says for all its policies, or what is read off the response here. */
const assertNone = (where: string, part: object, taken: readonly string[]): void => {
  for (const name of taken)
    if (name in part) throw wrongType(`${where}.${name}`, Reflect.get(part, name), 'none here');
};

const deadlineOf = ({ deadline }: WrapOptions): StandardPipelineOptions['deadline'] => {
  const part = partOf('deadline', given(deadline, {}));
  if (part === undefined) return false;
  const { deadlineMs, stallMs } = part;
  const limitMs = given(deadlineMs, DEADLINE_MS);
  // Before core holds the default timeout against it.
  return { deadlineMs: numberIn('deadlineMs', limitMs, { above: 0 }), stallMs };
};

const retryOf = (options: WrapOptions): StandardPipelineOptions['retry'] => {
  const part = partOf('retry', given(options.retry, {}));
  if (part === undefined) return false;
  assertNone('retry', part, OF_THE_WHOLE);
  const { name: _, clock: __, random: ___, ...own } = policyOptionsOf(part);
  return own;
};

const breakerOf = ({ breaker }: WrapOptions): StandardPipelineOptions['breaker'] => {
  const part = partOf('breaker', given(breaker, {}));
  if (part === undefined) return false;
  assertNone('breaker', part, [...OF_THE_WHOLE, 'classify', 'isFailure']);
  const { failureStatus: _, ...own } = part;
  return own;
};

/** Throws unless there is a function to wrap. */
export const assertGiven = (name: string, wrapped: unknown): void => {
  if (typeof wrapped !== 'function') throw wrongType(name, wrapped, 'a function');
};

/** Checks what core does not. Throws `TypeError` or `RangeError` for a wrong option. */
export const wrapSettingsOf = (where: string, options: WrapOptions): WrapSettings => {
  assertOptions(where, options, KNOWN);
  const { clock, random, rateLimit, bulkhead, timeout } = options;
  const bounds = partOf('deadline', given(options.deadline, {}));
  const repeats = partOf('retry', given(options.retry, {}));
  const judges = partOf('breaker', options.breaker);
  if (bounds !== undefined)
    assertOptions('deadline', bounds, ['deadlineMs', 'stallMs', 'inherit', 'header']);
  assertFunction('failureStatus', judges?.failureStatus);
  const header = given(bounds?.header, false);
  const name = nameOf('name', given(options.name, 'outbound'));
  return {
    name,
    clock: clockOf(clock),
    keyFor: keyOf(options),
    maxKeys: numberIn('maxKeys', given(options.maxKeys, DEFAULT_MAX_KEYS), { min: 1, whole: true }),
    inherit: bounds !== undefined && booleanOf('inherit', given(bounds.inherit, true)),
    header: header === false ? false : oneOf('header', header, DEADLINE_HEADERS),
    failureStatus: given(judges?.failureStatus, isFailureStatus),
    rules: repeats === undefined ? undefined : repeatRulesOf({ ...repeats, clock }),
    pipeline: {
      name,
      clock,
      random,
      deadline: deadlineOf(options),
      retry: retryOf(options),
      breaker: breakerOf(options),
      rateLimit,
      bulkhead,
      timeout,
    },
  };
};
