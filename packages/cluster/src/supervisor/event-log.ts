import type { SupervisorEvent } from './supervisor-events.ts';

/** So many events are kept for who reads slowly. */
const MOST_WAITING = 1_000;

/** One reader of events. */
class Reader implements AsyncIterableIterator<SupervisorEvent> {
  readonly #leave: (reader: Reader) => void;
  #waiting: SupervisorEvent[] = [];
  #asked: ((result: IteratorResult<SupervisorEvent>) => void)[] = [];
  #ended = false;

  constructor(leave: (reader: Reader) => void) {
    this.#leave = leave;
  }

  push(event: SupervisorEvent): void {
    const asked = this.#asked.shift();
    if (asked !== undefined) return asked({ done: false, value: event });
    if (this.#waiting.length === MOST_WAITING) this.#waiting.shift();
    this.#waiting.push(event);
  }

  end(): void {
    this.#ended = true;
    for (const asked of this.#asked.splice(0)) asked({ done: true, value: undefined });
  }

  next(): Promise<IteratorResult<SupervisorEvent>> {
    const value = this.#waiting.shift();
    if (value !== undefined) return Promise.resolve({ done: false, value });
    if (this.#ended) return Promise.resolve({ done: true, value });
    return new Promise((resolve) => {
      this.#asked.push(resolve);
    });
  }

  return(): Promise<IteratorResult<SupervisorEvent>> {
    this.#leave(this);
    this.#waiting = [];
    this.end();
    return this.next();
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }
}

/** Hands events to everybody who reads along. */
export class EventLog {
  readonly #readers = new Set<Reader>();
  #ended = false;

  push(event: SupervisorEvent): void {
    for (const reader of this.#readers) reader.push(event);
  }

  read(): AsyncIterableIterator<SupervisorEvent> {
    const reader = new Reader((each) => this.#readers.delete(each));
    if (this.#ended) reader.end();
    else this.#readers.add(reader);
    return reader;
  }

  /** What was pushed is still read, and nothing after it. */
  end(): void {
    this.#ended = true;
    for (const reader of this.#readers) reader.end();
    this.#readers.clear();
  }
}
