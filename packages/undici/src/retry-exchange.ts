import type { AsyncResource } from 'node:async_hooks';
import type { Clock, Result, Retry } from '@holdfast/core';
import { deadlinesOf, type Deadline, type DeadlineQueue } from '@holdfast/core/adapter';
import {
  Exchange,
  errorOf,
  type Dispatch,
  type DispatchOptions,
  type Handler,
  type ResponseFields,
} from './exchange.ts';
import { withHeader } from './request.ts';

/** What of a response that is not passed on is read, so that its connection can be used again. */
const MOST_DRAINED_BYTES = 65_536;
const LONGEST_DRAIN_MS = 1_000;

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
  readonly policy: Retry;
  readonly dispatch: Dispatch;
  readonly options: DispatchOptions;
  /** The clock's time at which no attempt may begin any more. */
  readonly until: number;
  /** The caller's asynchronous context: a timer that all share would run an attempt in another's. */
  readonly context: AsyncResource;
}

/** Which attempt it is, and the pause before it. */
interface At {
  readonly attempt: number;
  readonly previousMs: number;
}

/**
 * One attempt. Where a further one follows, the next exchange takes its place before the handler, and
 * is its controller also while it sleeps; this one is then deaf and reads the rest of its response.
 * Whether one follows is decided at once, because a response that is the last has to be passed on.
 */
export class RetryExchange extends Exchange implements Deadline {
  due = 0;
  position = -1;
  keepsAlive = false;
  readonly #terms: RetryTerms;
  readonly #repeated: Repeated;
  readonly #attempt: number;
  readonly #previousMs: number;
  #passed = false;
  #drainedBytes = 0;

  constructor(handler: Handler, terms: RetryTerms, repeated: Repeated, at: At = FIRST) {
    super(handler);
    this.#terms = terms;
    this.#repeated = repeated;
    this.#attempt = at.attempt;
    this.#previousMs = at.previousMs;
  }

  /** Makes this attempt. */
  dispatch(): boolean {
    const { dispatch, options } = this.#repeated;
    const { attemptHeader } = this.#terms;
    const current = this.#attempt === 1 ? options : this.refreshed(options);
    const marked =
      attemptHeader === undefined
        ? current
        : withHeader(current, attemptHeader, String(this.#attempt));
    return this.send(dispatch, marked);
  }

  /** The pause is over, or enough of a dropped response was waited for. */
  fire(): void {
    if (this.over) this.discard();
    else this.sendLate(() => this.#repeated.context.runInAsyncScope(this.dispatch, this));
  }

  protected override answered(status: number, headers: ResponseFields): boolean {
    const last =
      !this.#terms.statuses.has(status) ||
      this.aborted ||
      !this.#again({ ok: true, value: { statusCode: status, headers } });
    this.#passed = last;
    if (!last) this.#queue(LONGEST_DRAIN_MS, false);
    return last;
  }

  protected override endures(error: Error): boolean {
    return !this.#passed && this.#again({ ok: false, error });
  }

  protected override failed(): void {
    this.#terms.queue.remove(this);
  }

  protected override spilled(bytes?: number): void {
    this.#drainedBytes += bytes ?? 0;
    if (bytes !== undefined && this.#drainedBytes <= MOST_DRAINED_BYTES) return;
    this.#terms.queue.remove(this);
    if (bytes !== undefined) this.discard();
  }

  /** Whether the caller hears nothing of this ending: a further attempt follows. */
  #again(result: Result<unknown>): boolean {
    const at = { attempt: this.#attempt, previousMs: this.#previousMs };
    try {
      const remainingMs = this.#remainingMs();
      const delayMs = this.#repeated.policy.furtherAttempt(result, { ...at, remainingMs });
      if (delayMs === undefined) return false;
      this.#follow(delayMs);
    } catch (error) {
      this.cut(errorOf(error)); // a function of the user's threw
    }
    return true;
  }

  #remainingMs(): number {
    const until = Math.min(this.#repeated.until, this.deadline ?? Infinity);
    return until === Infinity ? Infinity : until - this.#terms.clock.now();
  }

  #follow(delayMs: number): void {
    const at = { attempt: this.#attempt + 1, previousMs: delayMs };
    const next = new RetryExchange(this.handler, this.#terms, this.#repeated, at);
    if (!next.start()) return;
    // Never within undici's own callback.
    if (delayMs > 0) next.#queue(delayMs, true);
    else queueMicrotask(() => next.fire());
  }

  #queue(delayMs: number, keepsAlive: boolean): void {
    this.due = this.#terms.clock.now() + delayMs;
    this.keepsAlive = keepsAlive;
    this.#terms.queue.add(this);
  }
}

const FIRST: At = { attempt: 1, previousMs: 0 };

export const retryTerms = (
  clock: Clock,
  terms: Omit<RetryTerms, 'clock' | 'queue'>,
): RetryTerms => ({ clock, queue: deadlinesOf(clock), ...terms });
