import { keepsRate, type ExactRate, type Taking } from './promises.ts';
import type { Ask, Status } from './rig.ts';

/** What the model says became of a call. */
export interface Expected {
  readonly key: string;
  readonly units: number;
  readonly until: number;
  readonly deadline: number;
  status: Status;
  settledAt: number | undefined;
  retryAfterMs: number | undefined;
}

interface Key {
  readonly taken: Taking[];
  queue: Expected[];
}

export interface ModelOptions extends ExactRate {
  readonly maxWaitMs: number;
  readonly maxWaiting: number;
}

/** A rate limit with waiting as its page describes it: lists of what was admitted, and of who waits. */
export class LimitModel {
  readonly options: ModelOptions;
  readonly calls: Expected[] = [];
  now = 0;
  readonly #keys = new Map<string, Key>();

  constructor(options: ModelOptions) {
    this.options = options;
  }

  ask({ key = '(none)', units, deadlineMs = Infinity }: Ask): void {
    if (units > 0) this.#serve(key);
    const until = this.now + Math.min(this.options.maxWaitMs, deadlineMs);
    const deadline = this.now + deadlineMs;
    const settled = { settledAt: undefined, retryAfterMs: undefined };
    const call: Expected = { key, units, until, deadline, status: 'waiting', ...settled };
    const waiting = this.#waiting();
    this.calls.push(call);
    if (units === 0) this.#end(call, 'admitted');
    else if (this.#free(key, units)) this.#admit(call);
    else this.#queue(call, waiting);
  }

  /** What `take` would answer. */
  take(key: string, units: number): { admitted: boolean; remaining: number; resetMs: number } {
    if (units > 0) this.#serve(key);
    const admitted = units === 0 || this.#free(key, units);
    if (admitted && units > 0) this.#key(key).taken.push({ at: this.now, units });
    const { burst, units: rate } = this.options;
    const room = burst - Math.ceil(this.#level(key) / this.#scale) - this.#ahead(key);
    return { admitted, remaining: Math.max(0, room), resetMs: this.#level(key) / rate };
  }

  abort(call: Expected): void {
    this.#leave(call);
    this.#end(call, 'aborted');
    this.#serve(call.key);
  }

  /** Moves time; `true` once something happened to somebody who waits. */
  tick(ms: number): boolean {
    this.now += ms;
    const waiting = this.#waiting();
    for (const key of this.#keys.keys()) this.#serve(key);
    return this.#waiting() < waiting;
  }

  #queue(call: Expected, waiting: number): void {
    const { units: rate, burst, maxWaiting, maxWaitMs } = this.options;
    const impossible = call.units > burst;
    const needed = this.#needed(call.key, this.#ahead(call.key) + call.units);
    const longestMs = Math.min(maxWaitMs, call.deadline - this.now);
    if (impossible || needed > longestMs * rate || waiting >= maxWaiting) {
      this.#end(call, 'refused', impossible ? undefined : needed / rate);
    } else this.#key(call.key).queue.push(call);
  }

  /** Those whose units are there go; then those whose time is over; then whoever they stood before. */
  #serve(name: string): void {
    this.#admitReady(name);
    let ahead = 0;
    for (const call of [...this.#key(name).queue]) {
      if (call.until > this.now) ahead += call.units;
      else this.#refuse(call, ahead + call.units);
    }
    this.#admitReady(name);
  }

  #admitReady(name: string): void {
    const key = this.#key(name);
    for (let [first] = key.queue; first !== undefined; [first] = key.queue) {
      if (first.deadline < this.now) this.#refuse(first, first.units);
      else if (keepsRate(key.taken, { at: this.now, units: first.units }, this.options)) {
        this.#leave(first);
        this.#admit(first);
      } else return;
    }
  }

  #refuse(call: Expected, units: number): void {
    this.#leave(call);
    this.#end(call, 'refused', Math.max(0.001, this.#needed(call.key, units) / this.options.units));
  }

  #admit(call: Expected): void {
    this.#key(call.key).taken.push({ at: this.now, units: call.units });
    this.#end(call, 'admitted');
  }

  #end(call: Expected, status: Status, retryAfterMs?: number): void {
    Object.assign(call, { status, settledAt: this.now, retryAfterMs });
  }

  #leave(call: Expected): void {
    const key = this.#key(call.key);
    key.queue = key.queue.filter((each) => each !== call);
  }

  #free(name: string, units: number): boolean {
    const { taken, queue } = this.#key(name);
    return queue.length === 0 && keepsRate(taken, { at: this.now, units }, this.options);
  }

  #ahead(name: string): number {
    return this.#key(name).queue.reduce((sum, { units }) => sum + units, 0);
  }

  #waiting(): number {
    return this.calls.filter(({ status }) => status === 'waiting').length;
  }

  /** One unit, in what comes back in a millisecond: all sums are of whole numbers. */
  get #scale(): number {
    return this.options.perSeconds * 1_000;
  }

  /** The most by which any window up to now is above what came back in it. */
  #level(name: string): number {
    let level = 0;
    let inside = 0;
    for (const { at, units } of this.#key(name).taken.toReversed()) {
      inside += units * this.#scale;
      level = Math.max(level, inside - this.options.units * (this.now - at));
    }
    return level;
  }

  /** What must come back until units are there after all who wait. */
  #needed(name: string, units: number): number {
    return Math.max(0, this.#level(name) + (units - this.options.burst) * this.#scale);
  }

  #key(name: string): Key {
    const key = this.#keys.get(name) ?? { taken: [], queue: [] };
    this.#keys.set(name, key);
    return key;
  }
}
