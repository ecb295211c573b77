import { RecentCache } from '../../registry/recent-cache.ts';
import type { Clock } from '../../runtime/clock.ts';

/** A session as it was seen last. */
export interface Copy {
  readonly tag: string | undefined;
  readonly user: string | undefined;
  readonly json: string;
}

const LONGEST_MS = 30_000;
/** All copies together, in bytes of JSON; at most so many of them, however small. */
const MOST_BYTES = 33_554_432;
const MOST = 10_000;

interface Entry {
  readonly at: number;
  /** Undefined for one that has ended. */
  readonly copy: Copy | undefined;
}

/** Copies of the last 30 s, to read while the store is lost, by the id of the cookie. */
export class LastCopies {
  readonly #clock: Clock;
  readonly #most: number;
  #entries: RecentCache<Entry>;
  #clearedAt = -Infinity;

  constructor(clock: Clock, maxBytes: number) {
    this.#clock = clock;
    this.#most = Math.max(2, Math.min(MOST, Math.floor(MOST_BYTES / maxBytes)));
    this.#entries = new RecentCache(this.#most);
  }

  get(id: string, tag: string | undefined): Copy | undefined {
    const entry = this.#entries.get(id);
    if (entry?.copy === undefined || entry.copy.tag !== tag) return undefined;
    return this.#clock.now() - entry.at <= LONGEST_MS ? entry.copy : undefined;
  }

  /** `since`: when the read of it began. What ended meanwhile stays ended. */
  put(id: string, copy: Copy, since: number): void {
    const before = this.#entries.get(id);
    const ended = before !== undefined && before.copy === undefined && since <= before.at;
    if (ended || since <= this.#clearedAt) return;
    this.#entries.set(id, { at: since, copy });
  }

  forget(id: string): void {
    this.#entries.set(id, { at: this.#clock.now(), copy: undefined });
  }

  clear(): void {
    this.#entries = new RecentCache(this.#most);
    this.#clearedAt = this.#clock.now();
  }
}
