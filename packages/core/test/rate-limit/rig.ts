import { isRejection, type CallContext } from '../../src/index.ts';
import { rateLimit } from '../../src/rate-limit/rate-limit.ts';
import type { RateLimit, RateLimitOptions } from '../../src/rate-limit/types.ts';
import { settled } from '../support/breaker.ts';
import { listenersOn } from '../support/calls.ts';
import { RecordingClock } from '../support/recording-clock.ts';

/** What is asked of a limit in one call. */
export interface Ask {
  readonly key: string | undefined;
  readonly units: number;
  /** How long until the deadline; undefined without one. */
  readonly deadlineMs?: number | undefined;
}

export type Status = 'waiting' | 'admitted' | 'refused' | 'aborted';

/** One call, and what became of it. */
export interface Asked extends Ask {
  readonly id: number;
  readonly askedAt: number;
  status: Status;
  settledAt: number | undefined;
  code: string | undefined;
  retryAfterMs: number | undefined;
  readonly caller: AbortController;
}

/** How much a call costs is what its priority says. */
export const byPriority = ({ priority }: CallContext): number => priority;

/** A limit on a virtual clock, and every call that was made through it. */
export class Rig {
  readonly clock = new RecordingClock();
  readonly limit: RateLimit;
  readonly calls: Asked[] = [];

  constructor(options: RateLimitOptions) {
    this.limit = rateLimit({ ...options, clock: this.clock });
  }

  /** Makes a call; what becomes of it is seen once promise reactions have run. */
  ask({ key, units, deadlineMs }: Ask): Asked {
    const askedAt = this.clock.now();
    const caller = new AbortController();
    const asked: Asked = {
      ...{ key, units, deadlineMs, askedAt, caller, id: this.calls.length, status: 'waiting' },
      ...{ settledAt: undefined, code: undefined, retryAfterMs: undefined },
    };
    this.calls.push(asked);
    const deadline = deadlineMs === undefined ? undefined : askedAt + deadlineMs;
    const options = { key, deadline, priority: units, signal: caller.signal };
    this.limit
      .execute(() => this.#end(asked, 'admitted'), options)
      .catch((error: unknown) => this.#fail(asked, error));
    return asked;
  }

  #fail(asked: Asked, error: unknown): void {
    if (!isRejection(error)) {
      if (error !== asked.caller.signal.reason) throw error;
      this.#end(asked, 'aborted');
      return;
    }
    asked.code = error.code;
    asked.retryAfterMs = error.retryAfterMs;
    this.#end(asked, 'refused');
  }

  #end(asked: Asked, status: Status): void {
    if (asked.status !== 'waiting') throw new Error(`call ${asked.id} ended twice`);
    asked.status = status;
    asked.settledAt = this.clock.now();
  }

  /** Time passes, millisecond by millisecond where it matters: reactions run at each timer. */
  async pass(ms: number): Promise<void> {
    await this.clock.advanceAsync(ms);
  }

  reactions(): Promise<void> {
    return settled();
  }

  countOf(status: Status): number {
    return this.calls.filter((call) => call.status === status).length;
  }

  /** Listeners that stand on the signals of callers. */
  get listeners(): number {
    return this.calls.reduce((sum, { caller }) => sum + listenersOn(caller.signal), 0);
  }
}
