import type { Clock } from '../runtime/clock.ts';
import { deadlinesOf, type Deadline } from '../runtime/deadline-queue.ts';
import type { Bucket } from './bucket.ts';
import type { Tally } from './tally.ts';
import type { Waiter } from './waiter.ts';

/** Where a line stands. */
export interface WaitingRoom {
  readonly clock: Clock;
  readonly tally: Tally;
  readonly lines: Set<WaitingLine>;
}

/**
 * Calls that wait for units of one key, first come, first served; any may leave in O(1). One
 * deadline stands for all of them: when the first is to be admitted, or when a wait is over.
 */
export class WaitingLine implements Deadline {
  bucket: Bucket;
  due: number = Infinity;
  position = -1;
  /** The units of all who wait. */
  units = 0;
  readonly #room: WaitingRoom;
  #first: Waiter | undefined = undefined;
  #last: Waiter | undefined = undefined;
  /** No wait is over earlier. */
  #firstEnd = Infinity;

  constructor(bucket: Bucket, room: WaitingRoom) {
    this.bucket = bucket;
    this.#room = room;
  }

  /** A caller's promise hangs on it. */
  get keepsAlive(): true {
    return true;
  }

  join(waiter: Waiter, now: number): void {
    waiter.older = this.#last;
    if (this.#last === undefined) this.#first = waiter;
    else this.#last.newer = waiter;
    this.#last = waiter;
    this.units += waiter.units;
    this.#room.tally.waiting++;
    this.#firstEnd = Math.min(this.#firstEnd, waiter.until);
    this.bucket.line = this;
    this.#room.lines.add(this);
    this.#arm(now);
  }

  /** Admits whose turn has come, and refuses whose time is over. */
  serve(now: number): void {
    this.#admitReady(now);
    if (now >= this.#firstEnd) {
      this.#refuseOverdue(now);
      this.#admitReady(now);
    }
    this.#arm(now);
  }

  fire(): void {
    this.serve(this.#room.clock.now());
    this.#room.tally.flush();
  }

  /** One gave up, wherever it stands. */
  abandon(waiter: Waiter): void {
    this.#remove(waiter);
    this.#room.tally.aborted++;
    this.fire();
  }

  /** Refuses everybody. */
  close(): void {
    for (let first = this.#first; first !== undefined; first = this.#first) {
      this.#refuse(first, undefined);
    }
    this.#arm(0);
  }

  #admitReady(now: number): void {
    const { bucket } = this;
    for (let first = this.#first; first !== undefined; first = this.#first) {
      if (first.units > bucket.most) this.#refuse(first, undefined);
      else if (first.deadline < now) this.#refuse(first, bucket.waitMs(first.units, now));
      else if (bucket.room(now) < first.units) return;
      else this.#admit(first, now);
    }
  }

  #admit(waiter: Waiter, now: number): void {
    this.#remove(waiter);
    this.#room.tally.admitted++;
    this.bucket.take(waiter.units, now);
    waiter.settle(this.bucket.receipt(waiter.units, now));
  }

  #refuseOverdue(now: number): void {
    let unitsBefore = 0;
    this.#firstEnd = Infinity;
    for (let waiter = this.#first, next = waiter; waiter !== undefined; waiter = next) {
      next = waiter.newer;
      if (waiter.until <= now) {
        this.#refuse(waiter, this.bucket.waitMs(unitsBefore + waiter.units, now));
      } else {
        unitsBefore += waiter.units;
        this.#firstEnd = Math.min(this.#firstEnd, waiter.until);
      }
    }
  }

  #refuse(waiter: Waiter, waitMs: number | undefined): void {
    this.#remove(waiter);
    waiter.settle(this.#room.tally.refuse(waitMs));
  }

  #remove(waiter: Waiter): void {
    const { older, newer } = waiter;
    if (older === undefined) this.#first = newer;
    else older.newer = newer;
    if (newer === undefined) this.#last = older;
    else newer.older = older;
    this.units -= waiter.units;
    this.#room.tally.waiting--;
  }

  #arm(now: number): void {
    const queue = deadlinesOf(this.#room.clock);
    if (this.#first === undefined) {
      queue.remove(this);
      queue.tidy();
      this.bucket.line = undefined;
      this.#room.lines.delete(this);
      return;
    }
    const due = Math.min(this.#firstEnd, now + this.bucket.waitMs(this.#first.units, now));
    if (this.position >= 0 && due === this.due) return;
    queue.remove(this);
    this.due = due;
    queue.add(this);
  }
}
