import type { SupervisorEvent } from './supervisor-events.ts';

const MAX_QUEUED = 1_000;

type Result = IteratorResult<SupervisorEvent, undefined>;

interface Waiting {
  readonly resolve: (result: Result) => void;
  readonly reject: (error: Error) => void;
}

const OVER: Result = { done: true, value: undefined };

/** Events that wait to be asked for, or who waits for them. */
export class EventQueue implements AsyncIterableIterator<SupervisorEvent> {
  #events: SupervisorEvent[] = [];
  #waiting: Waiting[] = [];
  #missed = 0;
  #over = false;
  #error: Error | undefined;
  readonly #onReturn: (queue: EventQueue) => void;

  constructor(onReturn: (queue: EventQueue) => void) {
    this.#onReturn = onReturn;
  }

  get missed(): number {
    return this.#missed;
  }

  /** Counts those that never came here. */
  skip(count: number): void {
    this.#missed += count;
  }

  push(event: SupervisorEvent): void {
    const next = this.#waiting.shift();
    if (next !== undefined) return next.resolve({ done: false, value: event });
    this.#events.push(event);
    if (this.#events.length <= MAX_QUEUED) return;
    this.#events.shift();
    this.#missed += 1;
  }

  /** What is queued is still given; then it ends, once with the error if there is one. */
  end(error?: Error): void {
    if (this.#over) return;
    this.#over = true;
    const [first, ...rest] = this.#waiting;
    this.#waiting = [];
    if (first === undefined) this.#error = error;
    else if (error === undefined) first.resolve(OVER);
    else first.reject(error);
    for (const { resolve } of rest) resolve(OVER);
  }

  next(): Promise<Result> {
    const event = this.#events.shift();
    if (event !== undefined) return Promise.resolve({ done: false, value: event });
    if (!this.#over) return this.#wait();
    const error = this.#error;
    this.#error = undefined;
    return error === undefined ? Promise.resolve(OVER) : Promise.reject(error);
  }

  return(): Promise<Result> {
    this.#events = [];
    this.end();
    this.#error = undefined;
    this.#onReturn(this);
    return Promise.resolve(OVER);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }

  #wait(): Promise<Result> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
    });
  }
}
