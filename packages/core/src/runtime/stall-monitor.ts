import type { Clock } from './clock.ts';
import { deadlinesOf, type Deadline, type DeadlineQueue } from './deadline-queue.ts';

const BEAT_MS = 100;
/** Enough for any call worth judging. */
const REMEMBERED = 32;

interface Stall {
  readonly from: number;
  readonly to: number;
}

/**
 * Knows when this process stood still: a beat every 100 ms that comes late was held up.
 *
 * The beat runs only while somebody watches; it never keeps the process alive.
 */
export class StallMonitor implements Deadline {
  readonly keepsAlive = false;
  position = -1;
  due = 0;
  readonly #clock: Clock;
  readonly #queue: DeadlineQueue;
  readonly #stalls: Stall[] = [];
  #watchers = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#queue = deadlinesOf(clock);
  }

  /** Begins to watch a call. Pair with `unwatch`. */
  watch(): void {
    this.#watchers++;
    if (this.position < 0) this.#beat(this.#clock.now());
  }

  unwatch(): void {
    this.#watchers--;
  }

  /** How much of [from, to] lay in stalls longer than `stallMs`; `to` is now. */
  stalledMs(from: number, to: number, stallMs: number): number {
    let stalled = 0;
    for (const stall of this.#stalls) {
      if (stall.to - stall.from > stallMs) stalled += overlap(stall, from, to);
    }
    // The beat itself may still be held up while promise reactions already run.
    const held = this.position >= 0 && to - this.due > stallMs;
    return held ? stalled + overlap({ from: this.due, to }, from, to) : stalled;
  }

  /** Stops the beat when nobody watches, without waiting for its next tick. */
  tidy(): void {
    if (this.#watchers > 0) return;
    this.#queue.remove(this);
    this.#queue.tidy();
  }

  fire(lateMs: number): void {
    if (lateMs > 0) this.#remember({ from: this.due, to: this.due + lateMs });
    if (this.#watchers > 0) this.#beat(this.due + lateMs);
  }

  /** Every beat is a little late: where there is no room, the shortest goes, not the oldest. */
  #remember(stall: Stall): void {
    this.#stalls.push(stall);
    if (this.#stalls.length <= REMEMBERED) return;
    const lengths = this.#stalls.map(({ from, to }) => to - from);
    this.#stalls.splice(lengths.indexOf(Math.min(...lengths)), 1);
  }

  #beat(now: number): void {
    this.due = now + BEAT_MS;
    this.#queue.add(this);
  }
}

const overlap = (stall: Stall, from: number, to: number): number =>
  Math.max(0, Math.min(stall.to, to) - Math.max(stall.from, from));

const monitors = new WeakMap<Clock, StallMonitor>();

/** The one stall monitor of a clock. */
export const stallsOf = (clock: Clock): StallMonitor => {
  let monitor = monitors.get(clock);
  if (monitor === undefined) {
    monitor = new StallMonitor(clock);
    monitors.set(clock, monitor);
  }
  return monitor;
};
