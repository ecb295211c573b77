import { retryChannel } from '../events/channels.ts';
import { Emitter, type Tap } from '../events/emitter.ts';

/** What `on` of a retry can listen to. */
export interface RetryEvents {
  /** An attempt was in vain and a further one follows after `delayMs`. */
  retry: { readonly name: string; readonly attempt: number; readonly delayMs: number };
  /** The last attempt was in vain too. */
  exhausted: { readonly name: string; readonly attempts: number };
  /** A further attempt would have followed, but the budget is spent. */
  overBudget: { readonly name: string; readonly attempt: number };
}

const tap: Tap<RetryEvents> = {
  hears: () => retryChannel.hasSubscribers,
  publish: (type, event) => retryChannel.publish({ type, ...event }),
};

/** What a retry counts and tells. */
export class RetryTally {
  readonly name: string;
  readonly events: Emitter<RetryEvents> = new Emitter(tap);
  retries = 0;
  exhaustions = 0;
  refusedByBudget = 0;

  constructor(name: string) {
    this.name = name;
  }

  retry(attempt: number, delayMs: number): void {
    this.retries++;
    this.events.emit('retry', { name: this.name, attempt, delayMs });
    this.events.flush(undefined);
  }

  exhausted(attempts: number): void {
    this.exhaustions++;
    this.events.emit('exhausted', { name: this.name, attempts });
    this.events.flush(undefined);
  }

  overBudget(attempt: number): void {
    this.refusedByBudget++;
    this.events.emit('overBudget', { name: this.name, attempt });
    this.events.flush(undefined);
  }
}
