import type { Clock } from '@holdfast/core';
import { QueueingServer, type Ended, type Job, type ServerTerms } from './queueing-server.ts';

/** What a client sends. */
export interface Request {
  readonly workMs: number;
  /** When the one who asks stops to wait for this answer. Told to nobody: it is how waste is counted. */
  readonly wantedUntil: number;
  /** When the server may drop it, where the deadline is passed on. */
  readonly expiresAt?: number;
  /** Its abort reaches the server, as a closed connection does: work not begun is dropped. */
  readonly signal?: AbortSignal;
}

class Pending implements Job {
  readonly workMs: number;
  readonly wantedUntil: number;
  expiresAt: number;
  readonly answer: (error: Error | undefined) => void;

  constructor(request: Request, answer: (error: Error | undefined) => void) {
    this.workMs = request.workMs;
    this.wantedUntil = request.wantedUntil;
    this.expiresAt = request.expiresAt ?? Infinity;
    this.answer = answer;
  }
}

// Made once: a captured stack for each of a million failures would be most of a run.
const REFUSED = new Error('503: no room');
const FAILED = new Error('503: failing');
const EXPIRED = new Error('504: too late');

/** A queueing server behind promises, and what is counted of it. */
export class Dependency {
  readonly #clock: Clock;
  readonly #server: QueueingServer<Pending>;
  /** Answers every request with an error while true. */
  failing = false;
  /** When requests came, in order. */
  readonly arrivals: number[] = [];
  busyMs = 0;
  /** The part of `busyMs` for work whose answer nobody waited for. */
  wastedMs = 0;

  constructor(terms: ServerTerms, clock: Clock) {
    this.#clock = clock;
    this.#server = new QueueingServer(terms);
  }

  /** Takes effect at the next step. */
  set workers(workers: number) {
    this.#server.workers = workers;
  }

  /** Resolves with an answer, rejects with a refusal or a failure. */
  send(request: Request): Promise<void> {
    const now = this.#clock.now();
    this.arrivals.push(now);
    return new Promise((resolve, reject) => {
      const pending = new Pending(request, (error) =>
        error === undefined ? resolve() : reject(error),
      );
      request.signal?.addEventListener('abort', () => (pending.expiresAt = this.#clock.now()));
      if (!this.#server.offer(pending, now)) reject(REFUSED);
    });
  }

  /** Works on until now and answers. */
  step(): void {
    for (const ended of this.#server.advance(this.#clock.now())) this.#settle(ended);
  }

  #settle({ job, at, fate, busyMs }: Ended<Pending>): void {
    this.busyMs += busyMs;
    if (fate === 'expired' || at > job.wantedUntil) this.wastedMs += busyMs;
    if (fate === 'expired') job.answer(EXPIRED);
    else job.answer(this.failing ? FAILED : undefined);
  }
}
