/** How a request ended. `refused`: no connection; `lost`: broken off; `stranded`: no answer in five seconds. */
export type Ending = 'answered' | 'refused' | 'lost' | 'stranded';

/** One request that was not answered. */
export interface Failure {
  readonly ending: Exclude<Ending, 'answered'>;
  /** By `performance.now()`. */
  readonly sentAt: number;
  /** Who had answered on the same connection before; undefined for its first request. */
  readonly who: string | undefined;
}

/** What the clients of one run saw. */
export class Ledger {
  requests = 0;
  readonly failures: Failure[] = [];
  /** The longest time that a client waited, for an answer or to be told that there is none. */
  longestMs = 0;
  /** When each worker gave its last answer, by `performance.now()`. */
  readonly lastAnswerAt = new Map<string, number>();

  answer(who: string, sentAt: number): void {
    this.#end(sentAt);
    this.lastAnswerAt.set(who, performance.now());
  }

  fail(failure: Failure): void {
    this.#end(failure.sentAt);
    this.failures.push(failure);
  }

  count(ending: Failure['ending']): number {
    return this.failures.filter((failure) => failure.ending === ending).length;
  }

  #end(sentAt: number): void {
    this.requests++;
    this.longestMs = Math.max(this.longestMs, performance.now() - sentAt);
  }
}
