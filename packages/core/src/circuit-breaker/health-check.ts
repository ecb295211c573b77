import type { Call } from '../call.ts';
import { SingleCallContext } from '../context.ts';
import { HoldfastError } from '../errors.ts';
import type { Clock } from '../runtime/clock.ts';
import type { ProbePermit } from './permit.ts';

/** Runs the user's check as one probe at a time. */
export class HealthCheck {
  /** Of the check that runs, or ran last. */
  permit: ProbePermit | undefined = undefined;
  #controller: AbortController | undefined = undefined;

  /** Starts a check that settles the permit; never throws. */
  start(check: Call<unknown>, permit: ProbePermit, clock: Clock): void {
    this.permit = permit;
    this.#controller = new AbortController();
    const context = new SingleCallContext({ signal: this.#controller.signal }, clock);
    new Promise((resolve) => {
      resolve(check(context));
    }).then(
      () => permit.success(),
      (error: unknown) => permit.failure(error),
    );
  }

  /** The lease is over or the state moved on: a check that still runs is told. */
  abandon(policy: string): void {
    if (this.permit?.settled === false) {
      this.#controller?.abort(new HoldfastError({ code: 'HF_TIMEOUT', policy }));
    }
    this.permit = undefined;
  }
}
