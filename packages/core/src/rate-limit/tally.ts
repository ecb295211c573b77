import { HoldfastError, type RefusalCode } from '../errors.ts';
import { limitChannel } from '../events/channels.ts';
import { Emitter, type Tap } from '../events/emitter.ts';
import type { Refused } from '../pipeline/stage.ts';
import { MICROSECOND_MS } from './resolution.ts';
import type { RateLimitEvents } from './types.ts';

const tap: Tap<RateLimitEvents> = {
  hears: () => limitChannel.hasSubscribers,
  publish: (type, event) => limitChannel.publish({ type, policy: 'rate-limit', ...event }),
};

/** Counts, errors and events of a rate limit. An event goes out with the next flush. */
export class Tally {
  readonly name: string;
  readonly events: Emitter<RateLimitEvents> = new Emitter(tap);
  disposed = false;
  waiting = 0;
  admitted = 0;
  refused = 0;
  aborted = 0;
  unsent = 0;

  constructor(name: string) {
    this.name = name;
  }

  /** `waitMs` from now it would have been admitted; undefined means never. */
  refuse(waitMs: number | undefined): Refused {
    const { name } = this;
    const code: RefusalCode = this.disposed ? 'HF_DISPOSED' : 'HF_RATE_LIMITED';
    // Whose time is over just as the units come is refused all the same, and may come back at once.
    const retryAfterMs = waitMs === undefined ? undefined : Math.max(MICROSECOND_MS, waitMs);
    this.refused++;
    this.events.emit('refusal', { name, code, retryAfterMs });
    const rejection = new HoldfastError({ code, policy: name, retryAfterMs });
    return { admitted: false, rejection };
  }

  flush(): void {
    this.events.flush(undefined);
  }
}
