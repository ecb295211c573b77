import type { Call } from '../call.ts';
import { SingleCallContext } from '../context.ts';
import { HoldfastError } from '../errors.ts';
import { start } from '../pipeline/start.ts';
import type { Clock } from '../runtime/clock.ts';
import { deadlinesOf, type Deadline } from '../runtime/deadline-queue.ts';
import type { ProbePermit } from './permit.ts';

/** One run of the user's check as a probe; told to end when the probe's lease does. */
export class HealthCheck implements Deadline {
  readonly permit: ProbePermit;
  readonly due: number;
  position = -1;
  readonly keepsAlive = false;
  readonly #policy: string;
  readonly #clock: Clock;
  readonly #controller = new AbortController();

  constructor(policy: string, permit: ProbePermit, clock: Clock) {
    this.#policy = policy;
    this.permit = permit;
    this.#clock = clock;
    this.due = permit.startedAt + permit.leaseMs;
  }

  /** Runs the check and settles the permit; never throws. */
  run(check: Call<unknown>): void {
    deadlinesOf(this.#clock).add(this);
    const context = new SingleCallContext({ signal: this.#controller.signal }, this.#clock);
    start(check, context).then(
      () => {
        this.#leaveQueue();
        this.permit.success();
      },
      (error: unknown) => {
        this.#leaveQueue();
        // Whatever kept the check from answering: what did not answer is not back yet.
        this.permit.failure(error);
      },
    );
  }

  /** Tells a check that still runs that nobody waits for it any more. */
  abandon(): void {
    this.#leaveQueue();
    if (!this.permit.settled) this.fire();
  }

  fire(): void {
    const { leaseMs } = this.permit;
    const { signal } = this.#controller;
    const details = { code: 'HF_TIMEOUT', policy: this.#policy, afterMs: leaseMs } as const;
    if (!signal.aborted) this.#controller.abort(new HoldfastError(details));
  }

  #leaveQueue(): void {
    const queue = deadlinesOf(this.#clock);
    queue.remove(this);
    queue.tidy();
  }
}
