import type { Clock } from '@holdfast/core';
import {
  clockOf,
  deadlinesOf,
  numberIn,
  type Deadline,
  type DeadlineQueue,
} from '@holdfast/core/adapter';
import { Exchange, type Fields, type Handler } from './exchange.ts';

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

/** The patience that options name. Default 30 seconds. */
export const patienceOf = (options: {
  readonly clock?: Clock | undefined;
  readonly unreadBodyMs?: number | undefined;
}): BodyPatience => {
  const { clock, unreadBodyMs = 30_000 } = options;
  return new BodyPatience(clockOf(clock), numberIn('unreadBodyMs', unreadBodyMs, { above: 0 }));
};

/** Looks from time to time whether a body that was paused flows again. */
class BodyWatch implements Deadline {
  readonly due: number;
  position = -1;
  readonly keepsAlive = false;
  /** The reader has wanted more since. */
  resumed = false;
  readonly #exchange: HoldingExchange;

  constructor(exchange: HoldingExchange, due: number) {
    this.#exchange = exchange;
    this.due = due;
  }

  fire(): void {
    this.#exchange.look();
  }
}

/** An exchange that holds something until the response is over or its body proves to be unread. */
export abstract class HoldingExchange extends Exchange {
  declare private readonly patience: BodyPatience;
  declare private watch: BodyWatch | undefined;
  /** The final response has begun: before, there is no body to read. */
  declare private responds: boolean;

  constructor(handler: Handler, patience: BodyPatience) {
    super(handler);
    this.patience = patience;
    this.watch = undefined;
    this.responds = false;
  }

  /** Nobody reads the body. */
  protected abstract letGo(): void;

  protected override answered(_status: number, _headers: Fields): boolean {
    this.responds = true;
    if (this.paused) this.held(true);
    return true;
  }

  /** Only a reader can pause; a body that does not flow without that is the server's to end. */
  protected override held(paused: boolean): void {
    if (this.watch !== undefined) this.watch.resumed ||= !paused;
    else if (paused && this.responds) this.lookLater();
  }

  look(): void {
    const resumed = this.watch?.resumed === true;
    this.watch = undefined;
    if (!this.paused) return;
    if (resumed) this.lookLater();
    else this.letGo();
  }

  protected unwatch(): void {
    if (this.watch !== undefined) this.patience.queue.remove(this.watch);
  }

  private lookLater(): void {
    const { clock, unreadBodyMs, queue } = this.patience;
    this.watch = new BodyWatch(this, clock.now() + unreadBodyMs);
    queue.add(this.watch);
  }
}
