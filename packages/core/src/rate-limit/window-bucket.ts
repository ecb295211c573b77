import type { Bucket, Limit, Receipt } from './bucket.ts';
import {
  add,
  emptyAt,
  emptyLog,
  expire,
  roomIn,
  takeOut,
  waitIn,
  type Quota,
  type WindowLog,
} from './sliding-window.ts';
import type { WaitingLine } from './waiting-line.ts';

/** What one key has used of a quota. */
class WindowBucket implements Bucket {
  line: WaitingLine | undefined = undefined;
  limit: Quota;
  log: WindowLog = emptyLog();
  /** The span of what was taken last. */
  #span = 0;

  constructor(limit: Quota) {
    this.limit = limit;
  }

  get most(): number {
    return this.limit.quota;
  }

  room(now: number): number {
    expire(this.log, now, this.limit);
    return roomIn(this.log, this.limit);
  }

  take(units: number, now: number): void {
    this.#span = add(this.log, units, now, this.limit);
  }

  receipt(units: number): Receipt {
    return new WindowReceipt(this, units, this.#span);
  }

  waitMs(units: number, now: number): number {
    expire(this.log, now, this.limit);
    return waitIn(this.log, units, now, this.limit);
  }

  freshAt(): number {
    return emptyAt(this.log, this.limit);
  }

  clear(): void {
    this.log = emptyLog();
  }
}

class WindowReceipt implements Receipt {
  readonly bucket: WindowBucket;
  readonly #log: WindowLog;
  readonly #units: number;
  readonly #span: number;

  constructor(bucket: WindowBucket, units: number, span: number) {
    this.bucket = bucket;
    this.#log = bucket.log;
    this.#units = units;
    this.#span = span;
  }

  giveBack(): void {
    takeOut(this.#log, this.#units, this.#span);
  }
}

/** A quota and a window, for any number of keys. */
export class WindowLimit implements Limit {
  readonly #limit: Quota;

  constructor(limit: Quota) {
    this.#limit = limit;
  }

  create(): Bucket {
    return new WindowBucket(this.#limit);
  }

  adopt(bucket: Bucket): boolean {
    if (!(bucket instanceof WindowBucket)) return false;
    bucket.limit = this.#limit;
    return true;
  }
}
