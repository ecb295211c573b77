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
import { assertSet, deadlineMsOf, type Shared } from './parts.ts';
import {
  policyOptionsOf,
  repeatRulesOf,
  type RepeatRules,
  type RetryOptions,
} from './repeat-rules.ts';

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
  readonly retry?: Omit<RetryOptions, Shared> | false | undefined;
  /** As the interceptor's, but judged at the headers: a call says nothing of its body's end. */
  readonly breaker?:
    | (Omit<CircuitBreakerOptions, Shared | 'classify' | 'isFailure'> & {
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

type Part<Option> = Exclude<Option, false | undefined>;

/** The options of a policy; none where it is left out. */
const partOf = <Option>(part: Option): Part<Option> | undefined =>
  part === false || part === undefined ? undefined : (part as Part<Option>);

const deadlineOf = ({ deadline }: WrapOptions): StandardPipelineOptions['deadline'] => {
  const part = partOf(given(deadline, {}));
  if (part === undefined) return false;
  return { deadlineMs: deadlineMsOf(part), stallMs: part.stallMs };
};

const retryOf = (options: WrapOptions): StandardPipelineOptions['retry'] => {
  const part = partOf(given(options.retry, {}));
  if (part === undefined) return false;
  const { name: _, clock: __, random: ___, ...own } = policyOptionsOf(part);
  return own;
};

const breakerOf = ({ breaker }: WrapOptions): StandardPipelineOptions['breaker'] => {
  const part = partOf(given(breaker, {}));
  if (part === undefined) return false;
  for (const judge of ['classify', 'isFailure'])
    if (Reflect.get(part, judge) !== undefined)
      throw wrongType(`breaker.${judge}`, Reflect.get(part, judge), 'failureStatus in its place');
  const { failureStatus: _, ...own } = part;
  return own;
};

/** Throws unless there is a function to wrap. */
export const assertGiven = (name: string, wrapped: unknown): void => {
  if (typeof wrapped !== 'function') throw wrongType(name, wrapped, 'a function');
};

/** Checks what core does not. Throws `TypeError` or `RangeError` for a wrong option. */
export const wrapSettingsOf = (where: string, options: WrapOptions): WrapSettings => {
  assertSet(where, options);
  const { clock, random, rateLimit, bulkhead, timeout } = options;
  const bounds = partOf(given(options.deadline, {}));
  const repeats = partOf(given(options.retry, {}));
  const judges = partOf(options.breaker);
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
