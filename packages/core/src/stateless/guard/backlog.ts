import type { Clock } from '../../runtime/clock.ts';
import { deadlinesOf, type Deadline } from '../../runtime/deadline-queue.ts';
import type { Circuit } from './circuit.ts';
import type { Send } from './command.ts';
import type { Traffic } from './traffic.ts';

/** What is to be done, late rather than never. */
export interface Task {
  readonly send: Send<void>;
  readonly deadlineMs: number;
  /** Monotonic milliseconds; it is pointless after that. */
  readonly until: number;
}

/** So many at once: the rest of the slots is for those who wait for an answer. */
const AT_ONCE = 8;
const SHORTEST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 1_000;

/**
 * Releases and removals that failed, done again in the background when the store is back: at most `max`
 * of them, the oldest is dropped.
 */
export class Backlog implements Deadline {
  due = 0;
  position = -1;
  readonly keepsAlive = false;
  readonly #max: number;
  readonly #clock: Clock;
  readonly #circuit: Circuit;
  readonly #traffic: Traffic;
  /** By what it is that is done: once is enough. In the order they came. */
  readonly #tasks = new Map<string, Task>();
  readonly #running = new Map<string, Task>();
  #pauseMs = 0;
  #warned = false;

  constructor(max: number, circuit: Circuit, traffic: Traffic) {
    this.#max = max;
    this.#clock = traffic.clock;
    this.#circuit = circuit;
    this.#traffic = traffic;
  }

  get size(): number {
    return this.#tasks.size + this.#running.size;
  }

  add(name: string, task: Task): void {
    this.#tasks.delete(name);
    this.#tasks.set(name, task);
    if (this.#tasks.size > this.#max) this.#dropOldest();
    this.#pause();
  }

  /** It must not be done any more; what is under way is not done again. */
  forget(name: string): void {
    this.#tasks.delete(name);
    this.#running.delete(name);
  }

  /** The store is back. */
  resume(): void {
    deadlinesOf(this.#clock).remove(this);
    this.#pauseMs = 0;
    this.fire();
  }

  /** A pause is over, or something else was done: a few more are. */
  fire(): void {
    for (const [name, task] of this.#tasks) {
      if (this.#circuit.lost || this.position >= 0 || this.#running.size >= AT_ONCE) return;
      this.#tasks.delete(name);
      if (task.until > this.#clock.now()) void this.#run(name, task);
    }
  }

  /** What is left will not be done. */
  close(): void {
    deadlinesOf(this.#clock).remove(this);
    if (this.size > 0) this.#warn('has ended: releases and removals that failed');
    this.#tasks.clear();
    this.#running.clear();
  }

  async #run(name: string, task: Task): Promise<void> {
    this.#running.set(name, task);
    try {
      await this.#traffic.run({ deadlineMs: task.deadlineMs }, task.send, false);
      this.#pauseMs = 0;
    } catch {
      // One that came meanwhile is as good, and what was forgotten is not wanted any more.
      const wanted = this.#running.get(name) === task && !this.#tasks.has(name);
      if (wanted) this.add(name, task);
    }
    if (this.#running.get(name) === task) this.#running.delete(name);
    this.fire();
  }

  #pause(): void {
    if (this.position >= 0) return;
    this.#pauseMs = Math.min(LONGEST_PAUSE_MS, Math.max(SHORTEST_PAUSE_MS, this.#pauseMs * 2));
    this.due = this.#clock.now() + this.#pauseMs;
    deadlinesOf(this.#clock).add(this);
  }

  #dropOldest(): void {
    const [oldest] = this.#tasks.keys();
    if (oldest !== undefined) this.#tasks.delete(oldest);
    if (!this.#warned) this.#warn('was lost for too long: the oldest releases and removals');
    this.#warned = true;
  }

  #warn(what: string): void {
    const lost = 'leases end by themselves, records live on until their own end';
    process.emitWarning(`store "${this.#traffic.name}" ${what} are not tried again; ${lost}`, {
      code: 'HF_STORE_BACKLOG',
      type: 'HoldfastWarning',
    });
  }
}
