import { performance } from 'node:perf_hooks';
import { IN_FLIGHT, type Loop, type LoopKind } from './loops.ts';
import type * as Loops from './loops.ts';
import type { Operation } from './suite.ts';

const BATCH_MS = 6;
const NS_PER_MS = 1e6;

let lanes = 0;

/**
 * An operation and a loop that runs nothing else: the module of loops is imported under a new name,
 * so that what the compiler learns from one operation never shapes the code of another.
 */
export class Lane {
  readonly operation: Operation;
  /** Calls in a batch of about 6 ms, once calibrated. */
  batch: number;
  readonly #loop: Loop;
  readonly #step: number;

  private constructor(operation: Operation, loop: Loop, step: number) {
    this.operation = operation;
    this.batch = step;
    this.#loop = loop;
    this.#step = step;
  }

  static async make(operation: Operation, kind: LoopKind): Promise<Lane> {
    const own: typeof Loops = await import(`./loops.ts?lane=${++lanes}`);
    return new Lane(operation, own.loops[kind], kind === 'inFlight' ? IN_FLIGHT : 1);
  }

  run(times: number): Promise<void> {
    return this.#loop(this.operation, times);
  }

  /** Nanoseconds per call over `times` calls. */
  async time(times: number): Promise<number> {
    const start = performance.now();
    await this.run(times);
    return ((performance.now() - start) * NS_PER_MS) / times;
  }

  /** `times` rounded to what the loop can do, at least once. */
  whole(times: number): number {
    return Math.max(1, Math.round(times / this.#step)) * this.#step;
  }

  /** Runs for `ms` and sizes the batch by the pace at the end. */
  async warmUp(ms: number): Promise<void> {
    const end = performance.now() + ms;
    let ns: number;
    do {
      ns = await this.time(this.batch);
      this.batch = this.whole((BATCH_MS * NS_PER_MS) / Math.max(ns, 0.1));
    } while (performance.now() < end);
  }
}
