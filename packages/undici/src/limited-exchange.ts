import type { Expiring, HoldfastError, NoTimeLeft, RunningLimit } from '@holdfast/core';
import { Exchange, type Handler } from './exchange.ts';

/** What a limit of time waits for: the headers of the response, or the end of its body. */
export type Until = 'headers' | 'end';

/** A policy of core's that bounds work in time. */
interface TimeLimit {
  begin(work: Expiring, deadline?: number): RunningLimit | NoTimeLeft;
}

/** An exchange that is cut off when its time is over, also while it waits for a connection. */
export class LimitedExchange extends Exchange implements Expiring {
  declare private readonly until: Until;
  declare private running: RunningLimit | undefined;

  constructor(handler: Handler, until: Until) {
    super(handler);
    this.until = until;
    this.running = undefined;
  }

  /** Starts the clock, and says when time is over; undefined: it already is, which its caller then hears. */
  limit(limit: TimeLimit, deadline: number | undefined): number | undefined {
    const running = limit.begin(this, deadline);
    if (running.admitted) {
      this.running = running;
      return running.due;
    }
    this.end(running.rejection);
    return undefined;
  }

  expire(error: HoldfastError): void {
    this.cut(error);
  }

  protected override answered(): boolean {
    if (this.until === 'headers') this.running?.stop();
    // From here on the socket keeps the process alive as long as anybody reads.
    else this.running?.unref();
    return true;
  }

  protected override completed(): void {
    this.running?.stop();
  }

  protected override failed(): void {
    this.running?.stop();
  }
}
