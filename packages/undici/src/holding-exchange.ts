import { deadlinesOf, type Deadline, type DeadlineQueue } from '@holdfast/core/adapter';
import type { Clock } from '@holdfast/core';
import { Exchange, type Handler } from './exchange.ts';

/** For how long an exchange may hold something for a response body that nobody reads. */
export class BodyPatience {
  readonly clock: Clock;
  readonly unreadBodyMs: number;
  readonly queue: DeadlineQueue;

  constructor(clock: Clock, unreadBodyMs: number) {
    this.clock = clock;
    this.unreadBodyMs = unreadBodyMs;
    this.queue = deadlinesOf(clock);
  }
}

/** An exchange that holds something until the response is over or its body proves to be unread. */
export abstract class HoldingExchange extends Exchange implements Deadline {
  due = 0;
  position = -1;
  readonly #patience: BodyPatience;

  constructor(handler: Handler, patience: BodyPatience) {
    super(handler);
    this.#patience = patience;
  }

  /** Nobody reads the body. */
  protected abstract letGo(): void;

  get keepsAlive(): false {
    return false;
  }

  fire(): void {
    // Only a reader can pause; a body that neither flows nor is paused is the server's to end.
    if (this.paused && !this.flowed) this.letGo();
    else if (!this.over) this.watchBody();
  }

  protected watchBody(): void {
    const { clock, unreadBodyMs, queue } = this.#patience;
    this.flowed = false;
    this.due = clock.now() + unreadBodyMs;
    queue.add(this);
  }

  protected unwatchBody(): void {
    this.#patience.queue.remove(this);
  }
}
