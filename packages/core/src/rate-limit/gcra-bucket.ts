import type { Bucket, Limit, Receipt } from './bucket.ts';
import { levelAt, notComeBack, roomAt, waitAt, type Rate } from './gcra.ts';
import type { WaitingLine } from './waiting-line.ts';

/** What one key has used of a rate. */
class GcraBucket implements Bucket {
  line: WaitingLine | undefined = undefined;
  rate: Rate;
  level = 0;
  at = 0;
  /** Units given back since the beginning: what was taken before them stands that much lower. */
  returned = 0;

  constructor(rate: Rate) {
    this.rate = rate;
  }

  get most(): number {
    return this.rate.burst;
  }

  levelAt(now: number): number {
    return levelAt(this.level, this.at, now, this.rate);
  }

  room(now: number): number {
    return roomAt(this.levelAt(now), this.rate);
  }

  take(units: number, now: number): void {
    this.level = this.levelAt(now) + units;
    this.at = now;
  }

  receipt(units: number, now: number): Receipt {
    return new GcraReceipt(this, units, now);
  }

  waitMs(units: number, now: number): number {
    return waitAt(this.levelAt(now), units, this.rate);
  }

  freshAt(): number {
    return this.at + waitAt(this.level, this.rate.burst, this.rate);
  }

  clear(now: number): void {
    this.lower(this.levelAt(now), now);
  }

  /** Takes units off the level as if they had never been taken. */
  lower(units: number, now: number): void {
    this.level = Math.max(0, this.levelAt(now) - units);
    this.at = now;
    this.returned += units;
  }
}

class GcraReceipt implements Receipt {
  readonly bucket: GcraBucket;
  readonly #rate: Rate;
  readonly #units: number;
  readonly #at: number;
  /** Where the level stood once the units were taken, counted from the beginning. */
  readonly #end: number;

  constructor(bucket: GcraBucket, units: number, now: number) {
    this.bucket = bucket;
    this.#rate = bucket.rate;
    this.#units = units;
    this.#at = now;
    this.#end = bucket.level + bucket.returned;
  }

  giveBack(now: number): void {
    const { bucket } = this;
    // How much came back under two rates is not worth knowing.
    if (bucket.rate !== this.#rate) return;
    const end = this.#end - bucket.returned;
    bucket.lower(notComeBack(this.#units, end, now - this.#at, this.#rate), now);
  }
}

/** A rate and a burst, for any number of keys. */
export class GcraLimit implements Limit {
  readonly #rate: Rate;

  constructor(rate: Rate) {
    this.#rate = rate;
  }

  create(): Bucket {
    return new GcraBucket(this.#rate);
  }

  adopt(bucket: Bucket, now: number): boolean {
    if (!(bucket instanceof GcraBucket)) return false;
    const level = bucket.levelAt(now);
    bucket.rate = this.#rate;
    bucket.level = Math.min(level, this.#rate.burst);
    bucket.at = now;
    return true;
  }
}
