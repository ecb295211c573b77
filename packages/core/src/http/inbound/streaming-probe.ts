import type { ServerResponse } from 'node:http';
import type { Permit } from '../../circuit-breaker/types.ts';
import type { Clock } from '../../runtime/clock.ts';
import { deadlinesOf, type Deadline } from '../../runtime/deadline-queue.ts';

/** The share of its lease after which a probe is looked at. */
const LOOK_AFTER = 1 / 3;
/** Where a circuit of another copy of this package does not tell. */
const USUAL_LEASE_MS = 30_000;

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
    this.due = terms.clock.now() + (permit.leaseMs ?? USUAL_LEASE_MS) * LOOK_AFTER;
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
