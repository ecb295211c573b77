import type { HoldfastError } from '../../errors.ts';
import { start } from '../../pipeline/start.ts';
import type { TimeoutOptions } from '../../timeout/timeout.ts';
import type { Expiring, TimeLimitPolicy } from '../../timeout/types.ts';
import { withoutDeadline } from '../deadline-context.ts';

/** How a run ended. */
export interface Finding {
  readonly status: 'pass' | 'fail';
  readonly error?: unknown;
  /** Monotonic milliseconds. */
  readonly startedAt: number;
  readonly endedAt: number;
}

/** What a run is made of. */
export interface CheckRunParts {
  readonly run: (signal: AbortSignal) => unknown;
  readonly limit: TimeLimitPolicy<TimeoutOptions>;
  readonly now: () => number;
}

/** One run of a user's check: over when it ends or is given up, whichever comes first. */
export class CheckRun implements Expiring {
  /** Never rejects. */
  readonly found: Promise<Finding>;
  /** Undefined until the run is over. */
  finding: Finding | undefined = undefined;
  readonly #parts: CheckRunParts;
  readonly #startedAt: number;
  readonly #controller = new AbortController();
  readonly #tell: (finding: Finding) => void;
  #stopTimer: () => void = () => undefined;
  #runs = false;

  constructor(parts: CheckRunParts) {
    this.#parts = parts;
    this.#startedAt = parts.now();
    const { promise, resolve } = Promise.withResolvers<Finding>();
    this.found = promise;
    this.#tell = resolve;
    this.#begin();
  }

  /** Whether it was given up, and its own end is still to come. */
  get hangs(): boolean {
    return this.#runs && this.finding !== undefined;
  }

  /** Gives the run up; its own end is then nothing to anybody. */
  expire(error: HoldfastError): void {
    if (this.finding !== undefined) return;
    this.#end({ status: 'fail', error });
    this.#controller.abort(error);
  }

  #begin(): void {
    const limit = this.#parts.limit.begin(this);
    if (!limit.admitted) return this.expire(limit.rejection);
    this.#stopTimer = () => limit.stop();
    this.#runs = true;
    // The request that happens to ask is not the one that it is asked for.
    const run = withoutDeadline(() => start(this.#parts.run, this.#controller.signal));
    run.then(
      (answer) => this.#settle(answer !== false, new Error('the check answered false')),
      (error: unknown) => this.#settle(false, error),
    );
  }

  #settle(passes: boolean, error: unknown): void {
    this.#runs = false;
    if (this.finding !== undefined) return;
    this.#end(passes ? { status: 'pass' } : { status: 'fail', error });
  }

  #end(how: Pick<Finding, 'status' | 'error'>): void {
    this.#stopTimer();
    this.finding = { ...how, startedAt: this.#startedAt, endedAt: this.#parts.now() };
    this.#tell(this.finding);
  }
}
