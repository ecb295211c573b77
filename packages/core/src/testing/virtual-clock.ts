import type { Clock, Timer } from '../runtime/clock.ts';

interface Scheduled {
  readonly callback: () => void;
  readonly due: number;
  readonly order: number;
}

/**
 * A clock that stands still until told to move, for tests without sleeping.
 *
 * Timers run inside `advance`, in order of their time; promise reactions run when the test awaits.
 */
export class VirtualClock implements Clock {
  #now: number;
  #wall: number;
  #order = 0;
  #timers = new Set<Scheduled>();
  #polls: (() => void)[] = [];

  constructor(start: { readonly nowMs?: number; readonly wallMs?: number } = {}) {
    this.#now = start.nowMs ?? 0;
    this.#wall = start.wallMs ?? 1_700_000_000_000;
  }

  now(): number {
    return this.#now;
  }

  wallNow(): number {
    return this.#wall;
  }

  setTimer(callback: () => void, delayMs: number): Timer {
    const due = this.#now + Math.max(0, delayMs);
    const scheduled = { callback, due, order: this.#order++ };
    this.#timers.add(scheduled);
    return {
      ref: () => undefined,
      unref: () => undefined,
      [Symbol.dispose]: () => void this.#timers.delete(scheduled),
    };
  }

  afterPoll(callback: () => void): void {
    this.#polls.push(callback);
  }

  /** Timers that have neither run nor been cancelled. */
  get pendingTimers(): number {
    return this.#timers.size;
  }

  /** Moves time on and runs each timer at its own moment. */
  advance(ms: number): void {
    const end = this.#now + ms;
    for (let next = this.#earliest(end); next !== undefined; next = this.#earliest(end)) {
      this.#move(Math.max(0, next.due - this.#now));
      this.#run(next);
    }
    this.#move(end - this.#now);
    this.poll();
  }

  /** As `advance`, and lets promise reactions run before each timer and at the end. */
  async advanceAsync(ms: number): Promise<void> {
    const end = this.#now + ms;
    await settleMicrotasks();
    for (let next = this.#earliest(end); next !== undefined; next = this.#earliest(end)) {
      this.#move(Math.max(0, next.due - this.#now));
      this.#run(next);
      await settleMicrotasks();
    }
    this.#move(end - this.#now);
    this.poll();
    await settleMicrotasks();
  }

  /** Time passes as if the event loop were blocked: timers that fall due run late, at the next `advance`. */
  stall(ms: number): void {
    this.#move(ms);
  }

  /** The event loop looks at its sockets: runs what `afterPoll` was given. */
  poll(): void {
    for (const callback of this.#polls.splice(0)) callback();
  }

  /** The time of day jumps; monotonic time does not. */
  jumpWall(ms: number): void {
    this.#wall += ms;
  }

  /** Monotonic time misbehaves, as no real clock should. */
  jump(ms: number): void {
    this.#now += ms;
  }

  #move(ms: number): void {
    this.#now += ms;
    this.#wall += ms;
  }

  #run(scheduled: Scheduled): void {
    this.#timers.delete(scheduled);
    scheduled.callback();
  }

  #earliest(end: number): Scheduled | undefined {
    let first: Scheduled | undefined;
    for (const timer of this.#timers) {
      const earlier =
        first === undefined ||
        timer.due < first.due ||
        (timer.due === first.due && timer.order < first.order);
      if (timer.due <= end && earlier) first = timer;
    }
    return first;
  }
}

const settleMicrotasks = (): Promise<void> =>
  new Promise((resolve) => {
    setImmediate(resolve);
  });

/** A virtual clock that stands at 0. */
export const virtualClock = (start?: {
  readonly nowMs?: number;
  readonly wallMs?: number;
}): VirtualClock => new VirtualClock(start);
