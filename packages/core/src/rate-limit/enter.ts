import { faultOf } from '../options/run-options.ts';
import { isRefused, type Refused } from '../pipeline/stage.ts';
import type { Bucket, Receipt } from './bucket.ts';
import { wholeCost, type Limiter } from './limiter.ts';
import { leftFor, NOTHING_LEFT, turned, usualCost } from './take.ts';
import type { RateLimitEnterOptions, RatePermit, Turned } from './types.ts';

type Answer = RatePermit | Turned;

class UnitsPermit implements RatePermit {
  readonly #limiter: Limiter;
  #receipt: Receipt | undefined;

  constructor(limiter: Limiter, receipt: Receipt) {
    this.#limiter = limiter;
    this.#receipt = receipt;
  }

  get admitted(): true {
    return true;
  }

  giveBack(): void {
    const receipt = this.#receipt;
    if (receipt === undefined) return;
    this.#receipt = undefined;
    this.#limiter.giveBack(receipt);
    this.#limiter.tally.flush();
  }
}

/** For what costs nothing, so that there is nothing to give back. */
const FREE: RatePermit = { admitted: true, giveBack: () => undefined };

/** Takes units at once, after a wait, or not at all; a promise only where there is a wait. */
export const enterLimit = (
  limiter: Limiter,
  options: RateLimitEnterOptions,
): Answer | Promise<Answer> => {
  try {
    return admit(limiter, options);
  } catch (error) {
    return Promise.reject(error);
  } finally {
    limiter.tally.flush();
  }
};

const admit = (limiter: Limiter, options: RateLimitEnterOptions): Answer | Promise<Answer> => {
  const { tally, clock, buckets } = limiter;
  const { key, cost } = options;
  const units = cost === undefined ? usualCost(limiter) : wholeCost(cost);
  if (tally.disposed) return turned(tally.refuse(undefined), NOTHING_LEFT);
  if (units === 0) {
    limiter.letFree();
    return FREE;
  }
  const now = clock.now();
  const bucket = buckets.of(key, now);
  if (limiter.take(bucket, units, now)) {
    return new UnitsPermit(limiter, bucket.receipt(units, now));
  }
  return wait(limiter, { bucket, units, now }, options);
};

const wait = (
  limiter: Limiter,
  { bucket, units, now }: { readonly bucket: Bucket; readonly units: number; readonly now: number },
  options: RateLimitEnterOptions,
): Turned | Promise<Answer> => {
  const { key, deadline } = options;
  const fault = faultOf({ deadline });
  if (fault !== undefined) return Promise.reject(fault);
  const refused = limiter.refuseInVain({ bucket, units, deadline }, now);
  if (refused !== undefined) return turned(refused, leftFor(bucket, now));
  // Read here and not before: making a signal may cost a controller.
  const { signal } = options;
  const signalFault = faultOf({ signal });
  if (signalFault !== undefined) return Promise.reject(signalFault);
  if (signal?.aborted === true) return Promise.reject(signal.reason);
  return limiter
    .join({ bucket, units, deadline, signal }, now)
    .then((answer) =>
      isRefused(answer) ? turnedAfterWait(limiter, answer, key) : new UnitsPermit(limiter, answer),
    );
};

/** What is left is told as it is now: the limit may be another one since the wait began. */
const turnedAfterWait = (limiter: Limiter, refused: Refused, key: string | undefined): Turned => {
  if (limiter.tally.disposed) return turned(refused, NOTHING_LEFT);
  const now = limiter.clock.now();
  return turned(refused, leftFor(limiter.buckets.of(key, now), now));
};
