import type { Expiring, HoldfastError, RunningLimit } from '@holdfast/core';
import { Exchange, type Handler } from './exchange.ts';

/** What a limit of time waits for: the headers of the response, or the end of its body. */
export type Until = 'headers' | 'end';

/** A policy of core's that bounds work in time. */
interface TimeLimit {
  begin(
    work: Expiring,
    deadline?: number,
  ): RunningLimit | { readonly admitted: false; readonly rejection: HoldfastError };
}

/** An exchange that is cut off when its time is over, also while it waits for a connection. */
export class LimitedExchange extends Exchange implements Expiring {
  declare private readonly until: Until;
  declare protected running: RunningLimit | undefined;

  constructor(handler: Handler, until: Until) {
    super(handler);
    this.until = until;
    this.running = undefined;
  }

  /** Starts the clock. False: no time is left, which its caller then hears. */
  limit(limit: TimeLimit, deadline: number | undefined): boolean {
    const running = limit.begin(this, deadline);
    if (!running.admitted) return !this.end(running.rejection);
    this.running = running;
    return true;
  }

  expire(error: HoldfastError): void {
    this.cut(error);
  }

  protected override answered(): boolean {
    if (this.until === 'headers') this.running?.stop();
    return true;
  }

  protected override completed(): void {
    this.running?.stop();
  }

  protected override failed(): void {
    this.running?.stop();
  }
}
