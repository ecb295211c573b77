import type { Clock, Timer } from '../../../../src/runtime/clock.ts';
import type { Store } from '../../../../src/stateless/store.ts';
import { storeOver } from './store-over.ts';

type Task = () => void;

/** A process with an event loop of its own, which can stand still or end, and a clock that runs a little wrong. */
export class SimulatedProcess {
  crashed = false;
  readonly clock: Clock;
  readonly #base: Clock;
  #stalls = 0;
  #backlog: Task[] = [];

  /** `speed` is how much its clock makes of a true millisecond. */
  constructor(base: Clock, speed = 1) {
    this.#base = base;
    this.clock = {
      now: () => 5_000 + base.now() * speed,
      wallNow: () => base.wallNow(),
      setTimer: (callback, delayMs) => this.#timer(callback, delayMs / speed),
      afterPoll: (callback) => base.afterPoll(callback),
    };
  }

  /** For so long nothing of it runs. */
  stall(ms: number): void {
    this.#stalls++;
    this.#base.setTimer(() => {
      if (--this.#stalls > 0) return;
      for (const task of this.#backlog.splice(0)) this.#run(task);
    }, ms);
  }

  /** From now on nothing of it runs. */
  crash(): void {
    this.crashed = true;
    this.#backlog = [];
  }

  /** The store as this process has it: answers come in turns of its event loop. */
  seeing(store: Store): Store {
    const watch: Store['watch'] = (key, onHint) => store.watch(key, () => this.#run(onHint));
    return storeOver(store, {
      lease: (...all) => this.#heard(store.lease(...all)),
      release: (...all) => this.#heard(store.release(...all)),
      watch,
    });
  }

  #heard<T>(answer: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      answer.then(
        (value) => this.#run(() => resolve(value)),
        (error: unknown) => this.#run(() => reject(error)),
      );
    });
  }

  #run(task: Task): void {
    if (this.crashed) return;
    if (this.#stalls > 0) this.#backlog.push(task);
    else task();
  }

  #timer(callback: Task, delayMs: number): Timer {
    let cancelled = false;
    const timer = this.#base.setTimer(
      () =>
        this.#run(() => {
          if (!cancelled) callback();
        }),
      delayMs,
    );
    return {
      ref: () => timer.ref(),
      unref: () => timer.unref(),
      [Symbol.dispose]: () => {
        cancelled = true;
        timer[Symbol.dispose]();
      },
    };
  }
}
