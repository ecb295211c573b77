import { numberIn } from '../options/validate.ts';
import type { CallRecord, Refused } from '../pipeline/stage.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Bucket, Receipt } from './bucket.ts';
import { KeyedBuckets } from './keyed-buckets.ts';
import type { Settings } from './settings.ts';
import { Tally } from './tally.ts';
import { Waiter } from './waiter.ts';
import { WaitingLine, type WaitingRoom } from './waiting-line.ts';

/** What a call would wait for, and how long. */
interface Wish {
  readonly bucket: Bucket;
  readonly units: number;
  /** Monotonic milliseconds. */
  readonly deadline: number | undefined;
}

/** A wish, and what ends the wait for it. */
interface AbortableWish extends Wish {
  readonly signal: AbortSignal | undefined;
}

/** A whole number of units, or the error that says what is wrong with it. */
export const wholeCost = (cost: unknown): number => numberIn('cost', cost, { whole: true, min: 0 });

/** A rate limit without the ways in. Whoever calls it flushes the tally afterwards. */
export class Limiter implements WaitingRoom {
  settings: Settings;
  readonly tally: Tally;
  readonly buckets: KeyedBuckets;
  readonly lines: Set<WaitingLine> = new Set();

  constructor(settings: Settings) {
    this.settings = settings;
    this.tally = new Tally(settings.name);
    this.buckets = new KeyedBuckets(settings.limit, settings.maxKeys);
  }

  get clock(): Clock {
    return this.settings.clock;
  }

  /** Throws what the user's function throws, or what is wrong with its answer. */
  costOf(record: CallRecord): number {
    const { cost } = this.settings;
    return typeof cost === 'number' ? cost : wholeCost(cost(record));
  }

  /** Takes units if they are there and nobody waits for them. */
  take(bucket: Bucket, units: number, now: number): boolean {
    // The timer that serves those who wait may be late.
    bucket.line?.serve(now);
    if (bucket.line !== undefined || bucket.room(now) < units) return false;
    bucket.take(units, now);
    this.tally.admitted++;
    return true;
  }

  /** A call that costs nothing goes before everybody, and takes nothing from them. */
  letFree(): undefined {
    this.tally.admitted++;
  }

  refuse(bucket: Bucket, units: number, now: number): Refused {
    return this.tally.refuse(this.#waitMs(bucket, units, now));
  }

  /** Has a call wait for its units, unless it would wait in vain. */
  wait(wish: AbortableWish, now: number): Refused | Promise<Receipt | Refused> {
    return this.refuseInVain(wish, now) ?? this.join(wish, now);
  }

  /** Turns away a call that would wait in vain, or for which there is no place. */
  refuseInVain({ bucket, units, deadline = Infinity }: Wish, now: number): Refused | undefined {
    const { maxWaitMs, maxWaiting } = this.settings;
    const waitMs = this.#waitMs(bucket, units, now);
    const inVain = waitMs === undefined || waitMs > maxWaitMs || waitMs > deadline - now;
    return inVain || this.tally.waiting >= maxWaiting ? this.tally.refuse(waitMs) : undefined;
  }

  /** Has a call wait that does not wait in vain. */
  join(wish: AbortableWish, now: number): Promise<Receipt | Refused> {
    const { bucket, units, deadline = Infinity, signal } = wish;
    const until = Math.min(now + this.settings.maxWaitMs, deadline);
    return new Promise((resolve, reject) => {
      const line = bucket.line ?? new WaitingLine(bucket, this);
      line.join(new Waiter({ line, units, until, deadline, signal }, { resolve, reject }), now);
    });
  }

  giveBack(receipt: Receipt): void {
    const now = this.clock.now();
    this.tally.unsent++;
    receipt.giveBack(now);
    receipt.bucket.line?.serve(now);
  }

  change(settings: Settings): void {
    const now = this.clock.now();
    this.settings = settings;
    this.buckets.change(settings.limit, settings.maxKeys, now);
    this.#serveAll(now);
  }

  /** All units are there again: those of one key, or of everybody. */
  reset(key: string | undefined): void {
    const now = this.clock.now();
    this.buckets.clear(key, now);
    this.#serveAll(now);
  }

  dispose(): void {
    this.tally.disposed = true;
    for (const line of this.lines) line.close();
    this.buckets.forgetAll();
  }

  /** How long until units are there after those who wait; undefined if they never are. */
  #waitMs(bucket: Bucket, units: number, now: number): number | undefined {
    if (units > bucket.most) return undefined;
    return bucket.waitMs((bucket.line?.units ?? 0) + units, now);
  }

  #serveAll(now: number): void {
    for (const line of this.lines) line.serve(now);
  }
}
