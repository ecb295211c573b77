import { EventQueue } from './event-queue.ts';
import type { SupervisorEvent } from './supervisor-events.ts';

/** Hands events to everybody who reads along. */
export class EventLog {
  readonly #readers = new Set<EventQueue>();
  #ended = false;

  push(event: SupervisorEvent): void {
    for (const reader of this.#readers) reader.push(event);
  }

  read(): EventQueue {
    const reader = new EventQueue((each) => this.#readers.delete(each));
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
