import type { Call, RunOptions } from '../call.ts';
import { SingleCallContext } from '../context.ts';
import type { CallRecord, Ending, PolicyDescription, Refused, Stage } from '../pipeline/stage.ts';
import { start } from '../pipeline/start.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Receipt } from './bucket.ts';
import type { Limiter } from './limiter.ts';

/** Nothing for a call that was free. */
type Ticket = Receipt | undefined;

/** A rate limit in a stack. */
export class RateLimitStage implements Stage<Ticket> {
  readonly #limiter: Limiter;

  constructor(limiter: Limiter) {
    this.#limiter = limiter;
  }

  get clock(): Clock {
    return this.#limiter.clock;
  }

  enter(record: CallRecord, index: number): Ticket | Refused | Promise<Ticket | Refused> {
    const { tally } = this.#limiter;
    try {
      return this.#admit(record, index);
    } catch (error) {
      // The user's cost function: the call is not sent, and its caller sees why.
      return Promise.reject(error);
    } finally {
      tally.flush();
    }
  }

  /** What was never sent used nothing; a failure of the call did. */
  leave(receipt: Ticket, ending: Ending): undefined {
    if (receipt === undefined || ending.ok || ending.unsent !== true) return;
    this.#limiter.giveBack(receipt);
    this.#limiter.tally.flush();
  }

  describe(): PolicyDescription {
    const { name, numbers, maxWaitMs, maxWaiting, maxKeys, cost } = this.#limiter.settings;
    const options = { ...numbers, maxWaitMs, maxWaiting, maxKeys, cost };
    return { policy: 'rate-limit', name, options };
  }

  /** A call for which the limit stands alone: the call's own promise is the answer. */
  readonly alone = (
    call: Call<unknown>,
    options: RunOptions | undefined,
  ): Promise<unknown> | undefined => {
    const { settings, tally, buckets, clock } = this.#limiter;
    const { cost, maxWaitMs } = settings;
    // A cost function is asked once, and with the record.
    if (typeof cost !== 'number' || tally.disposed) return undefined;
    const now = clock.now();
    const bucket = buckets.of(options?.key, now);
    const admitted = this.#limiter.take(bucket, cost, now);
    const refused = admitted || maxWaitMs > 0 ? undefined : this.#limiter.refuse(bucket, cost, now);
    tally.flush();
    if (admitted) return start(call, new SingleCallContext(options, clock));
    return refused === undefined ? undefined : Promise.reject(refused.rejection);
  };

  #admit(record: CallRecord, index: number): Ticket | Refused | Promise<Ticket | Refused> {
    const limiter = this.#limiter;
    const { tally } = limiter;
    const units = tally.disposed ? 0 : limiter.costOf(record);
    // A cost function may have disposed of its own limit.
    if (tally.disposed) return tally.refuse(undefined);
    if (units === 0) return limiter.letFree();
    const now = limiter.clock.now();
    const bucket = limiter.buckets.of(record.key, now);
    if (limiter.take(bucket, units, now)) return bucket.receipt(units, now);
    // Outermost, only the caller can give up: the record's own signal would cost a controller.
    const signal = index === 0 ? record.options?.signal : record.signal;
    if (signal?.aborted === true) return Promise.reject(signal.reason);
    return limiter.wait({ bucket, units, deadline: record.deadline, signal }, now);
  }
}
