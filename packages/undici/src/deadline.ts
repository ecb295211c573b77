import {
  deadline as deadlinePolicy,
  type DeadlineOptions as PolicyOptions,
  type TimeLimitPolicy,
} from '@holdfast/core';
import { assertOptions, booleanOf, clockOf, given, oneOf } from '@holdfast/core/adapter';
import {
  DEADLINE_HEADERS,
  formatDeadline,
  remainingDeadlineMs,
  type DeadlineHeader,
} from '@holdfast/core/http';
import type { Clock } from '@holdfast/core';
import { type DispatchOptions, type Handler } from './exchange.ts';
import { interceptor, type Interceptor } from './interceptor.ts';
import { LimitedExchange, type Until } from './limited-exchange.ts';
import { withHeader } from './request.ts';

/** Options of `deadline`; every one has a default. */
export interface DeadlineOptions extends Omit<PolicyOptions, 'deadlineMs'> {
  /** How long one call may take, attempts, waits and sleeps included. Default: only what is inherited. */
  readonly deadlineMs?: number | undefined;
  /** Whether `withDeadline` bounds the call too; the nearer one holds. Default true. */
  readonly inherit?: boolean | undefined;
  /** The field that tells the other side how much is left as the request is sent. Default false: none. */
  readonly header?: DeadlineHeader | false | undefined;
  /** What has to be there by then: all of the response, to its `end` (default), or its `headers`. */
  readonly until?: Until | undefined;
}

/** The interceptor, with its policy. */
export type DeadlineInterceptor = Interceptor & {
  readonly limit: TimeLimitPolicy<PolicyOptions>;
};

interface Settings {
  readonly clock: Clock;
  readonly header: DeadlineHeader | false;
  readonly inherit: boolean;
  readonly until: Until;
  /** Whether there is a limit of its own. */
  readonly bounded: boolean;
}

/** An exchange whose request tells how much time is left. */
class DeadlineExchange extends LimitedExchange {
  declare private readonly settings: Settings;

  constructor(handler: Handler, settings: Settings) {
    super(handler, settings.until);
    this.settings = settings;
  }

  override refreshed(options: DispatchOptions): DispatchOptions {
    const { header, clock } = this.settings;
    const { deadline: due } = this;
    if (header === false || due === undefined) return options;
    const remainingMs = Math.max(0, due - clock.now());
    return withHeader(options, header, formatDeadline(header, remainingMs));
  }
}

const KNOWN = ['name', 'deadlineMs', 'inherit', 'header', 'until', 'stallMs', 'clock'];

/** Beyond any other limit: the policy has to have one. */
const UNBOUNDED_MS = 1e12;

const settingsOf = (options: DeadlineOptions): Settings => {
  assertOptions('deadline', options, KNOWN);
  const header = given(options.header, false);
  return {
    clock: clockOf(options.clock),
    header: header === false ? false : oneOf('header', header, DEADLINE_HEADERS),
    inherit: booleanOf('inherit', given(options.inherit, true)),
    until: oneOf('until', given(options.until, 'end'), ['headers', 'end']),
    bounded: options.deadlineMs !== undefined,
  };
};

/** When the caller's own deadline is, by this clock. */
export const inheritedDeadline = ({
  inherit,
  clock,
}: Pick<Settings, 'inherit' | 'clock'>): number | undefined => {
  const remainingMs = inherit ? remainingDeadlineMs() : Infinity;
  return remainingMs === Infinity ? undefined : clock.now() + remainingMs;
};

/**
 * An interceptor that bounds a whole call in time: with `retry` inside it every attempt, sleep and wait
 * in a queue, the pool's too. Then it fails with `HF_DEADLINE_EXCEEDED`, and its connection is given
 * up; a call that has no time left is not sent. `withDeadline(ms, fn)` bounds it from without. Throws
 * `TypeError` or `RangeError` for a wrong option.
 */
export const deadline = (options: DeadlineOptions = {}): DeadlineInterceptor => {
  const settings = settingsOf(options);
  const { name, deadlineMs, stallMs, clock } = options;
  const limit = deadlinePolicy({
    name: given(name, 'outbound'),
    deadlineMs: given(deadlineMs, UNBOUNDED_MS),
    stallMs,
    clock,
  });
  const intercept = interceptor((dispatch, request, handler) => {
    const inherited = inheritedDeadline(settings);
    if (inherited === undefined && !settings.bounded) return dispatch(request, handler);
    const exchange = new DeadlineExchange(handler, settings);
    if (!exchange.start()) return true;
    const due = exchange.limit(limit, nearer(inherited, exchange.deadline));
    if (due === undefined) return true;
    exchange.deadline = due;
    return exchange.send(dispatch, exchange.refreshed(request));
  });
  return Object.assign(intercept, { limit });
};

const nearer = (one: number | undefined, other: number | undefined): number | undefined =>
  one === undefined || other === undefined ? (one ?? other) : Math.min(one, other);
