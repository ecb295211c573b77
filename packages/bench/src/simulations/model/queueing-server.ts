/** One piece of work that a server was asked for. */
export interface Job {
  /** How long a worker takes for it when nothing else is there. */
  readonly workMs: number;
  /** When it is no longer begun; `Infinity` when nobody said so. May come nearer, to the present at most. */
  readonly expiresAt: number;
}

/** What a server is made of. */
export interface ServerTerms {
  /** Pieces of work done at once. */
  readonly workers: number;
  /** Pieces of work that may wait. */
  readonly queueLimit: number;
  /** How much longer work takes with a full queue: 0 not at all, 1 twice as long. Default 0. */
  readonly slowdown?: number;
  /** Work that has less time left than this is not begun either. Default 0. */
  readonly leastLeftMs?: number;
  /** Work that was begun stops when its time is up. Default false: it is done to the end. */
  readonly stops?: boolean;
}

/** How a piece of work ended; `busyMs` is what a worker spent on it. */
export interface Ended<J extends Job> {
  readonly job: J;
  readonly at: number;
  readonly fate: 'done' | 'expired';
  readonly busyMs: number;
}

interface Running<J extends Job> {
  readonly job: J;
  readonly beganAt: number;
  readonly endsAt: number;
}

/**
 * A dependency as a queue: so many workers, first come first served, a bounded line, and work that takes
 * longer the longer the line is. Knows no clock: it is told the time, which must not go back.
 */
export class QueueingServer<J extends Job> {
  readonly #terms: ServerTerms;
  readonly #running: Running<J>[] = [];
  readonly #waiting: J[] = [];
  /** Falls to less in a brown-out, to 0 in a stall. Takes effect with the next `advance`. */
  workers: number;

  constructor(terms: ServerTerms) {
    this.#terms = terms;
    this.workers = terms.workers;
  }

  get running(): number {
    return this.#running.length;
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  /** Takes a piece of work on, or refuses it for lack of room. Call `advance(now)` before. */
  offer(job: J, now: number): boolean {
    const idle = this.#running.length < this.workers && this.#waiting.length === 0;
    if (idle && this.#isWorthIt(job, now)) this.#begin(job, now);
    else if (this.#waiting.length < this.#terms.queueLimit) this.#waiting.push(job);
    else return false;
    return true;
  }

  /** Works on until `now`; gives what ended, in the order of time. */
  advance(now: number): Ended<J>[] {
    const ended: Ended<J>[] = [];
    for (let at = this.#firstEnd(); at <= now; at = this.#firstEnd()) {
      this.#finish(at, ended);
      this.#fill(at, ended);
    }
    this.#fill(now, ended);
    return ended;
  }

  #firstEnd(): number {
    let first = Infinity;
    for (const running of this.#running) first = Math.min(first, this.#endOf(running));
    return first;
  }

  #endOf({ job, endsAt }: Running<J>): number {
    return this.#terms.stops === true ? Math.min(endsAt, job.expiresAt) : endsAt;
  }

  #finish(at: number, ended: Ended<J>[]): void {
    const index = this.#running.findIndex((running) => this.#endOf(running) === at);
    for (const { job, beganAt, endsAt } of this.#running.splice(index, 1))
      ended.push({ job, at, fate: at < endsAt ? 'expired' : 'done', busyMs: at - beganAt });
  }

  /** Whoever is idle takes the next that is still worth it; to drop the others costs nothing. */
  #fill(at: number, ended: Ended<J>[]): void {
    while (this.#running.length < this.workers) {
      const job = this.#waiting.shift();
      if (job === undefined) return;
      if (this.#isWorthIt(job, at)) this.#begin(job, at);
      else ended.push({ job, at, fate: 'expired', busyMs: 0 });
    }
  }

  #isWorthIt({ expiresAt }: J, at: number): boolean {
    const { leastLeftMs = 0 } = this.#terms;
    return expiresAt - at > leastLeftMs;
  }

  #begin(job: J, beganAt: number): void {
    const { slowdown = 0, queueLimit } = this.#terms;
    const crowd = queueLimit === 0 ? 0 : this.#waiting.length / queueLimit;
    const endsAt = beganAt + job.workMs * (1 + slowdown * crowd);
    this.#running.push({ job, beganAt, endsAt });
  }
}
