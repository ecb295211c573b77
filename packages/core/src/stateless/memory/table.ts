import { StoreError } from '../store-error.ts';

/** What ends by itself. */
export interface Perishable {
  /** From then on it is as good as none. */
  endsAt: number;
}

export interface TableOptions {
  /** Of the store, for its errors. */
  readonly name: string;
  readonly maxKeys: number;
  /** While there is room what has ended is kept for so long, for a clock that steps back. */
  readonly keepMs: number;
  /** Whether a newcomer that finds the table full drives out what has not ended, or is refused. */
  readonly evicts: boolean;
}

/** How many old entries are looked at for each new one. */
const LOOKS = 2;
const LOOKS_WHEN_FULL = 8;
/** All of them are looked at no more often than this, however many newcomers find no room. */
const SEARCH_MS = 1_000;

/**
 * So many entries and no more. Nothing happens in the background: each new one looks at a few old ones,
 * in turn, and forgets those that ended some time ago. Where there is no room it forgets those that
 * have ended at all, or else the one of them that ends first; where none may be driven out, it searches
 * the whole table now and then and is refused.
 */
export class Table<Entry extends Perishable> {
  readonly #options: TableOptions;
  readonly #entries = new Map<string, Entry>();
  /** Goes round and round. */
  #hand: Iterator<[string, Entry], unknown> = this.#entries.entries();
  #searchedAt = -Infinity;

  constructor(options: TableOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** Also what has ended: who asks has to look. */
  get(key: string): Entry | undefined {
    return this.#entries.get(key);
  }

  /** Throws a `StoreError` where there is no room. */
  add(key: string, entry: Entry, now: number): void {
    if (!this.#makeRoom(now)) throw new StoreError(this.#options.name, 'refused');
    this.#entries.set(key, entry);
  }

  delete(key: string): void {
    this.#entries.delete(key);
  }

  get #full(): boolean {
    return this.size >= this.#options.maxKeys;
  }

  #makeRoom(now: number): boolean {
    const full = this.#full;
    const first = this.#lookAround(
      full ? LOOKS_WHEN_FULL : LOOKS,
      full ? now : now - this.#options.keepMs,
    );
    if (!this.#full) return true;
    if (!this.#options.evicts || first === undefined) return this.#searched(now);
    this.#entries.delete(first);
    return true;
  }

  /** Forgets those of the next few that ended by then; answers the one of the others that ends first. */
  #lookAround(looks: number, endedBy: number): string | undefined {
    let first: string | undefined;
    let firstEndsAt = Infinity;
    for (let look = Math.min(looks, this.size); look > 0; look--) {
      const entry = this.#next();
      if (entry === undefined) break;
      const [key, { endsAt }] = entry;
      if (endsAt <= endedBy) this.#entries.delete(key);
      else if (endsAt < firstEndsAt) [first, firstEndsAt] = [key, endsAt];
    }
    return first;
  }

  #next(): [string, Entry] | undefined {
    let step = this.#hand.next();
    if (step.done === true) {
      this.#hand = this.#entries.entries();
      step = this.#hand.next();
    }
    return step.done === true ? undefined : step.value;
  }

  #searched(now: number): boolean {
    if (Math.abs(now - this.#searchedAt) < SEARCH_MS) return false;
    this.#searchedAt = now;
    for (const [key, { endsAt }] of this.#entries) if (endsAt <= now) this.#entries.delete(key);
    return !this.#full;
  }
}
