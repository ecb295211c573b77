import { circuitBreaker, consecutive, timeWindow, tripWhen } from '../../circuit-breaker/index.ts';
import type {
  BreakerEvents,
  CircuitBreaker,
  OpenOptions,
  Permit,
  Refusal,
} from '../../circuit-breaker/types.ts';
import type { Clock, Random } from '../../runtime/clock.ts';
import { StoreError } from '../store-error.ts';
import type { Reading } from './reading.ts';

/** How an operation ended: `silence` is a failure while the store ends none of many others either. */
export type Judged = Reading | 'silence';

/** What the circuit needs, and whom it tells. */
export interface CircuitParts {
  readonly name: string;
  readonly clock: Clock;
  readonly random: Random;
  /** Resolves when the store answers in time. */
  readonly probe: () => Promise<void>;
  readonly onLost: () => void;
  readonly onRestored: (lostForMs: number) => void;
}

const BREAK_MS = 100;
const OPEN: Partial<OpenOptions> = { baseMs: BREAK_MS, maxMs: 1_000, stableForMs: 10_000 };
/** Those of 10 ms count once: one hiccup, or one lost connection, loses no store. */
const FAILURES_IN_A_ROW = 5;
/** Of so many that no burst into a cold connection is enough. */
const RATE = { spanMs: 1_000, failureRate: 0.5, minCalls: 200 };

/**
 * Knows whether the store is lost: a circuit breaker that probes by itself, so that no user's operation is spent
 * on finding out, and none is needed.
 */
export class Circuit {
  readonly #parts: CircuitParts;
  readonly #breaker: CircuitBreaker;
  #closed = false;
  #silent = false;
  #lostAt = 0;
  #openedAt = 0;
  #lastFailure: unknown = undefined;

  constructor(parts: CircuitParts) {
    const { name, clock, random, probe } = parts;
    this.#parts = parts;
    const silence = tripWhen(() => this.#silent);
    const trip = [consecutive(FAILURES_IN_A_ROW), silence, timeWindow(RATE)];
    const halfOpen = { probes: 1 };
    this.#breaker = circuitBreaker({
      name,
      trip,
      open: OPEN,
      halfOpen,
      check: probe,
      clock,
      random,
    });
    this.#breaker.on('transition', (transition) => this.#moved(transition));
  }

  get lost(): boolean {
    return this.#closed || this.#breaker.state !== 'CLOSED';
  }

  acquire(): Permit | Refusal {
    return this.#breaker.tryAcquire();
  }

  /** What an operation that was turned away rejects with. */
  errorOf({ retryAfterMs }: { readonly retryAfterMs?: number | undefined }): StoreError {
    const cause = this.lost ? this.#lastFailure : undefined;
    return new StoreError(this.#parts.name, 'not-sent', { cause, retryAfterMs });
  }

  judge(permit: Permit | undefined, judged: Judged, error: unknown): void {
    if (permit === undefined) return;
    if (judged === 'answer') return permit.success();
    if (judged === 'nothing') return permit.ignore();
    this.#silent = judged === 'silence';
    this.#lastFailure = error;
    permit.failure(error);
  }

  /** Nothing could be sent, as the store ends nothing: that is as bad as a failure. */
  blocked(): void {
    const permit = this.acquire();
    if (permit.admitted) permit.failure(this.#lastFailure);
  }

  /** The store ended something that had been given up: it may be back, so the next probe need not wait. */
  showedLife(): void {
    if (this.#closed || this.#breaker.state !== 'OPEN') return;
    this.#breaker.open(Math.max(0, this.#openedAt + BREAK_MS - this.#parts.clock.now()));
  }

  close(): void {
    this.#closed = true;
    this.#lastFailure = undefined;
    this.#breaker[Symbol.dispose]();
  }

  #moved({ from, to }: BreakerEvents['transition']): void {
    const now = this.#parts.clock.now();
    if (to === 'OPEN') this.#openedAt = now;
    if (from === 'CLOSED') {
      this.#lostAt = now;
      this.#parts.onLost();
    }
    if (to === 'CLOSED') {
      this.#lastFailure = undefined;
      this.#parts.onRestored(now - this.#lostAt);
    }
  }
}
