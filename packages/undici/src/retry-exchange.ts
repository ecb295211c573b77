import type { AsyncResource } from 'node:async_hooks';
import type { Clock, Result, Retry } from '@holdfast/core';
import { deadlinesOf, type DeadlineQueue } from '@holdfast/core/adapter';
import {
  Exchange,
  type Dispatch,
  type DispatchOptions,
  type Handler,
  type Fields,
} from './exchange.ts';
import { abortError, type Controller } from './controls.ts';
import { errorOf } from './outcome.ts';
import { LONGEST_DRAIN_MS, MOST_DRAINED_BYTES, Pause } from './pause.ts';
import { withHeader } from './request.ts';

/** What all attempts of all requests share. */
export interface RetryTerms {
  readonly clock: Clock;
  readonly queue: DeadlineQueue;
  readonly statuses: ReadonlySet<number>;
  readonly attemptHeader: string | undefined;
  readonly maxElapsedMs: number | undefined;
}

/** What the attempts of one request share. */
export interface Repeated {
  readonly terms: RetryTerms;
  readonly policy: Retry;
  readonly dispatch: Dispatch;
  readonly options: DispatchOptions;
  /** The clock's time at which no attempt may begin any more. */
  readonly until: number | undefined;
  /** The caller's asynchronous context: a timer that all share would run an attempt in another's. */
  readonly context: AsyncResource;
}

/**
 * One attempt. Where a further one follows, the next exchange tells the handler what comes, and this one
 * is deaf, reads the rest of its response, and remains the handler's controller, also while the next one
 * sleeps. Whether one follows is decided at once, because a response that is the last has to be passed on.
 */
export class RetryExchange extends Exchange {
  declare private readonly repeated: Repeated;
  declare private readonly attempt: number;
  declare private readonly previousMs: number;
  /** The attempt before, whose response may still be read. */
  declare private previous: RetryExchange | undefined;
  /** The first attempt, which remains the handler's controller. */
  declare private readonly first: RetryExchange;
  /** Of the first: the attempt that is under way. */
  declare private current: RetryExchange | undefined;
  declare private passed: boolean;
  declare private pausing: Pause | undefined;

  constructor(handler: Handler, repeated: Repeated, previous?: RetryExchange, previousMs = 0) {
    super(handler);
    this.repeated = repeated;
    this.attempt = previous === undefined ? 1 : previous.attempt + 1;
    this.previousMs = previousMs;
    this.previous = previous;
    this.first = previous === undefined ? this : previous.first;
    this.current = undefined;
    this.passed = false;
    this.pausing = undefined;
  }

  /** Makes this attempt. */
  dispatch(): boolean {
    const { dispatch, options, terms } = this.repeated;
    const current = this.attempt === 1 ? options : this.refreshed(options);
    const { attemptHeader } = terms;
    const marked =
      attemptHeader === undefined
        ? current
        : withHeader(current, attemptHeader, String(this.attempt));
    return this.send(dispatch, marked);
  }

  override abort(reason?: Error): void {
    const { current = this } = this.first;
    if (current === this) super.abort(reason);
    else current.abort(reason);
  }

  protected override get front(): Controller {
    return this.first;
  }

  /** The pause is over, or enough of a dropped response was waited for. */
  wake(): void {
    if (this.over) return this.stopPause();
    // What it holds (a slot, a connection) may be what this attempt needs.
    this.previous?.stopPause();
    this.previous = undefined;
    this.sendLate(() => this.repeated.context.runInAsyncScope(() => this.dispatch()));
  }

  protected override answered(status: number, headers: Fields): boolean {
    const { inner } = this;
    this.passed =
      !this.repeated.terms.statuses.has(status) ||
      this.aborted ||
      !this.goesOn({ ok: true, value: { statusCode: status, headers } });
    if (!this.passed) this.pauseFor(LONGEST_DRAIN_MS, inner);
    return this.passed;
  }

  protected override endures(error: Error): boolean {
    return !this.passed && this.goesOn({ ok: false, error });
  }

  protected override failed(): void {
    this.stopPause();
    this.previous?.stopPause();
  }

  protected override spilled(bytes?: number): void {
    const { pausing } = this;
    if (pausing === undefined) return;
    pausing.drainedBytes += bytes ?? 0;
    if (bytes === undefined || pausing.drainedBytes > MOST_DRAINED_BYTES) this.stopPause();
  }

  /** Whether the caller hears nothing of this ending, because a further attempt follows. */
  private goesOn(result: Result<unknown>): boolean {
    const { attempt, previousMs } = this;
    try {
      const remainingMs = this.remainingMs();
      const at = { attempt, previousMs, remainingMs };
      const { policy, context } = this.repeated;
      const delayMs = context.runInAsyncScope(() => policy.furtherAttempt(result, at));
      if (delayMs === undefined) return false;
      this.follow(delayMs);
    } catch (error) {
      this.cut(errorOf(error)); // a function of the user's threw
    }
    return true;
  }

  private remainingMs(): number {
    const { until = Infinity, terms } = this.repeated;
    const end = Math.min(until, this.deadline ?? Infinity);
    return end === Infinity ? Infinity : end - terms.clock.now();
  }

  private follow(delayMs: number): void {
    const next = new RetryExchange(this.handler, this.repeated, this, delayMs);
    const { first } = this;
    if (first.paused) next.pause();
    first.current = next;
    // Of this attempt too: its early hints may have made it the handler's controller.
    first.inner = next;
    this.inner = next;
    // Never within undici's own callback.
    if (delayMs > 0) next.pauseFor(delayMs);
    else queueMicrotask(() => next.wake());
  }

  private pauseFor(delayMs: number, drained?: Controller): void {
    const { clock, queue } = this.repeated.terms;
    this.pausing = new Pause(this, clock.now() + delayMs, drained);
    queue.add(this.pausing);
  }

  /** Wakes no more; what is still to come of a dropped response is given up. */
  private stopPause(): void {
    const { pausing } = this;
    if (pausing === undefined) return;
    this.pausing = undefined;
    this.repeated.terms.queue.remove(pausing);
    pausing.drained?.abort(abortError());
  }
}

export const retryTerms = (
  clock: Clock,
  terms: Omit<RetryTerms, 'clock' | 'queue'>,
): RetryTerms => ({ clock, queue: deadlinesOf(clock), ...terms });
