import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Http2Session } from 'node:http2';
import type { HoldfastError } from '../../errors.ts';
import type { Clock } from '../../runtime/clock.ts';
import { remainingMs } from '../../runtime/remaining.ts';
import { systemClock } from '../../runtime/system-clock.ts';
import { untilDeadline, withDeadline } from '../deadline-context.ts';
import { whenConnectionEnds } from './connection-end.ts';
import { endingOf, hasArrived, isBehind, isOver, streamOf, type Ending } from './ending.ts';
import type { Inbound, RateLimitDecision } from './types.ts';

/** Hears once how the response ended. Must not throw. */
type AtEnd = (ending: Ending) => void;

/**
 * One request and its response, as every guard of it sees them. Nothing of it is enumerable: loggers and
 * views are handed it with `ctx.state`.
 */
export class Exchange implements Inbound {
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;
  readonly #session: Http2Session | undefined;
  #rejection: HoldfastError | undefined = undefined;
  #slowUpload = false;
  #deadline: number | undefined = undefined;
  #clock: Clock = systemClock;
  #priority = 0;
  #passedOn: number | undefined = undefined;
  #entered: object[] | undefined = undefined;
  #rateLimits: RateLimitDecision[] | undefined = undefined;
  #controller: AbortController | undefined = undefined;
  #reason: unknown = undefined;
  #abandoned: (() => void)[] | undefined = undefined;
  #atEnd: AtEnd[] | undefined = undefined;

  constructor(request: IncomingMessage, response: ServerResponse) {
    this.#request = request;
    this.#response = response;
    this.#session = streamOf(response)?.session;
  }

  get request(): IncomingMessage {
    return this.#request;
  }

  get response(): ServerResponse {
    return this.#response;
  }

  /** What a guard answered with first in the handler's stead. */
  get rejection(): HoldfastError | undefined {
    return this.#rejection;
  }

  /** Whether its time was over before its client had sent all of it. */
  get slowUpload(): boolean {
    return this.#slowUpload;
  }

  get deadline(): number | undefined {
    return this.#deadline;
  }

  /** Who is served first in a queue. */
  get priority(): number {
    return this.#priority;
  }

  set priority(priority: number) {
    this.#priority = priority;
  }

  /** Whether nobody can be answered any more. */
  get over(): boolean {
    return isOver(this.#response);
  }

  /** Whether somebody has answered it, or nobody can any more: what was waited for comes too late. */
  get answered(): boolean {
    return this.over || this.#rejection !== undefined || this.#response.writableEnded;
  }

  get rateLimits(): readonly RateLimitDecision[] {
    return this.#rateLimits === undefined ? [] : [...this.#rateLimits];
  }

  get signal(): AbortSignal {
    this.#controller ??= this.#newController();
    return this.#controller.signal;
  }

  remainingMs(): number {
    return remainingMs(this.#deadline, this.#clock);
  }

  /** For logs. */
  toJSON(): object {
    return { deadline: this.#deadline, rateLimits: this.rateLimits };
  }

  rejectedWith(error: HoldfastError): void {
    this.#rejection ??= error;
  }

  /** Its time is over, while its handler is at work. */
  expiredWith(error: HoldfastError): void {
    this.rejectedWith(error);
    const request = this.#request;
    // What has come and lies there unread is the handler's to read.
    this.#slowUpload = request.readableLength === 0 && !hasArrived(request, this.#response);
  }

  /** Whether it meets a policy for the first time: one that is mounted twice counts it once. */
  enters(policy: object): boolean {
    if (this.#entered?.includes(policy) === true) return false;
    (this.#entered ??= []).push(policy);
    return true;
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
    if (this.#deadline !== undefined && this.#deadline <= due) return;
    this.#deadline = due;
    this.#clock = clock;
  }

  /** What comes next inherits this deadline, and its outbound calls with it. */
  passOn(due: number): void {
    this.#passedOn = due;
  }

  /** Calls what comes next. */
  proceed<T>(next: () => T): T {
    const due = this.#passedOn;
    if (due === undefined) return next();
    this.#passedOn = undefined;
    return this.#clock === systemClock
      ? untilDeadline(due, next)
      : withDeadline(remainingMs(due, this.#clock), next);
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
    const request = this.#request;
    const response = this.#response;
    const end = (): void => this.#end();
    response.on('close', end);
    // Node 22 closes no response that waits behind another when the connection ends.
    if (isBehind(response)) response.on('close', whenConnectionEnds(request.socket, end));
  }

  #end(): void {
    const callbacks = this.#atEnd ?? [];
    this.#atEnd = [];
    const ending = endingOf(this.#response, this.#session);
    for (const callback of callbacks) callback(ending);
  }

  #newController(): AbortController {
    const controller = new AbortController();
    const onEnd = (ending: Ending): void => {
      if (ending !== 'complete') controller.abort();
    };
    if (this.#reason !== undefined) controller.abort(this.#reason);
    else if (this.over) onEnd(endingOf(this.#response, this.#session));
    else this.atEnd(onEnd);
    return controller;
  }
}
