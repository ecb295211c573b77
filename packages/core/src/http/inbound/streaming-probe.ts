import type { ServerResponse } from 'node:http';
import type { Permit } from '../../circuit-breaker/types.ts';
import type { Clock } from '../../runtime/clock.ts';
import { deadlinesOf, type Deadline } from '../../runtime/deadline-queue.ts';

/** A third of what a probe is given where nobody says otherwise (`halfOpen.leaseMs`). */
const LOOK_AFTER_MS = 10_000;

/** How a response is judged, and by whose time. */
export interface StreamingTerms {
  readonly failureStatus: (status: number) => boolean;
  readonly clock: Clock;
}

/**
 * Takes a good response that has begun and goes on for long, a feed or a download, for an answer: a
 * probe that waited for its end would lose its lease, and such a route would stay closed for good.
 */
export class StreamingProbe implements Deadline {
  readonly due: number;
  position = -1;
  readonly keepsAlive = false;
  readonly #permit: Permit;
  readonly #response: ServerResponse;
  readonly #terms: StreamingTerms;

  constructor(permit: Permit, response: ServerResponse, terms: StreamingTerms) {
    this.due = terms.clock.now() + LOOK_AFTER_MS;
    this.#permit = permit;
    this.#response = response;
    this.#terms = terms;
    deadlinesOf(terms.clock).add(this);
  }

  fire(): void {
    const { headersSent, statusCode } = this.#response;
    if (headersSent && !this.#terms.failureStatus(statusCode)) this.#permit.success();
  }

  stop(): void {
    deadlinesOf(this.#terms.clock).remove(this);
  }
}
