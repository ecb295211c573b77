import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Http2Session } from 'node:http2';
import type { HoldfastError } from '../../errors.ts';
import type { Clock } from '../../runtime/clock.ts';
import { remainingMs } from '../../runtime/remaining.ts';
import { systemClock } from '../../runtime/system-clock.ts';
import { untilDeadline, withDeadline } from '../deadline-context.ts';
import { whenConnectionEnds } from './connection-end.ts';
import { endingOf, isBehind, isOver, streamOf, type Ending } from './ending.ts';
import type { Inbound, RateLimitDecision } from './types.ts';

const EXCHANGE: unique symbol = Symbol.for('holdfast.exchange');

/** Hears once how the response ended. Must not throw. */
type AtEnd = (ending: Ending) => void;

const NONE: readonly RateLimitDecision[] = Object.freeze([]);

/** One request and its response, as every guard of it sees them. */
export class Exchange implements Inbound {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** What a guard answered with in the handler's stead. */
  rejection: HoldfastError | undefined = undefined;
  deadline: number | undefined = undefined;
  /** Who is served first in a queue; the bulkhead reads it. */
  priority = 0;
  #rateLimits: RateLimitDecision[] | undefined = undefined;
  #clock: Clock = systemClock;
  #passedOn = false;
  #controller: AbortController | undefined = undefined;
  #reason: unknown = undefined;
  #abandoned: (() => void)[] | undefined = undefined;
  #atEnd: AtEnd[] | undefined = undefined;
  readonly #session: Http2Session | undefined;

  constructor(request: IncomingMessage, response: ServerResponse) {
    this.request = request;
    this.response = response;
    this.#session = streamOf(response)?.session;
  }

  /** Whether nobody can be answered any more. */
  get over(): boolean {
    return isOver(this.response);
  }

  get rateLimits(): readonly RateLimitDecision[] {
    return this.#rateLimits ?? NONE;
  }

  get signal(): AbortSignal {
    this.#controller ??= this.#newController();
    return this.#controller.signal;
  }

  remainingMs(): number {
    return remainingMs(this.deadline, this.#clock);
  }

  decided(decision: RateLimitDecision): void {
    (this.#rateLimits ??= []).push(decision);
  }

  /** Calls back once the response is over; for one that is over already, never. */
  atEnd(callback: AtEnd): void {
    if (this.#atEnd === undefined) {
      this.#atEnd = [callback];
      this.#listen();
    } else this.#atEnd.push(callback);
  }

  /** The work must be done by then. Of several the nearest holds. */
  bound(due: number, clock: Clock): void {
    if (this.deadline !== undefined && this.deadline <= due) return;
    this.deadline = due;
    this.#clock = clock;
  }

  /** What comes next inherits the deadline, and its outbound calls with it. */
  passOn(): void {
    this.#passedOn = true;
  }

  /** Calls what comes next. */
  proceed<T>(next: () => T): T {
    if (!this.#passedOn) return next();
    this.#passedOn = false;
    const { deadline } = this;
    return deadline !== undefined && this.#clock === systemClock
      ? untilDeadline(deadline, next)
      : withDeadline(this.remainingMs(), next);
  }

  /** Tells the handler that its answer is not wanted any more. */
  abandon(reason: unknown): void {
    this.#reason = reason;
    for (const callback of this.#abandoned ?? []) callback();
    this.#controller?.abort(reason);
  }

  /** Calls back as a guard answers in the handler's stead while it runs. */
  whenAbandoned(callback: () => void): void {
    (this.#abandoned ??= []).push(callback);
  }

  #listen(): void {
    const { request, response } = this;
    const end = (): void => this.#end();
    response.on('close', end);
    // Node 22 closes no response that waits behind another when the connection ends.
    if (isBehind(response)) response.on('close', whenConnectionEnds(request.socket, end));
  }

  #end(): void {
    const callbacks = this.#atEnd ?? [];
    this.#atEnd = [];
    const ending = endingOf(this.response, this.#session);
    for (const callback of callbacks) callback(ending);
  }

  #newController(): AbortController {
    const controller = new AbortController();
    const onEnd = (ending: Ending): void => {
      if (ending !== 'complete') controller.abort();
    };
    if (this.#reason !== undefined) controller.abort(this.#reason);
    else if (this.over) onEnd(endingOf(this.response, this.#session));
    else this.atEnd(onEnd);
    return controller;
  }
}

interface Marked {
  [EXCHANGE]?: Exchange;
}

/** The exchange of a response: one, however many guards it meets. */
export const exchangeOf = (
  request: IncomingMessage,
  response: ServerResponse & Marked,
): Exchange => {
  const known = response[EXCHANGE];
  if (known !== undefined) return known;
  const exchange = new Exchange(request, response);
  response[EXCHANGE] = exchange;
  return exchange;
};
