import { StoreError } from '../store-error.ts';

/** What ends by itself. */
export interface Perishable {
  /** From then on it is as good as none. */
  endsAt: number;
}

export interface TableOptions<Entry> {
  /** Of the store, for its errors. */
  readonly name: string;
  readonly maxKeys: number;
  /** While there is room what has ended is kept for so long, for a clock that steps back. */
  readonly keepMs: number;
  /**
   * How much is lost with an entry that is driven out before its end. Undefined where none may be: a newcomer that
   * finds the table full is refused.
   */
  readonly lossOf: ((entry: Entry, now: number) => number) | undefined;
}

/** How many old entries are looked at for each new one. */
const LOOKS = 2;
const LOOKS_WHEN_FULL = 8;
/** All of them are looked at no more often than this, however many newcomers find no room. */
const SEARCH_MS = 1_000;

/**
 * So many entries and no more. Nothing happens in the background: each new one looks at a few old ones,
 * in turn, and forgets those that ended some time ago. Where there is no room it forgets those that
 * have ended at all, or else the one of them with which the least is lost, of several such the one that ends
 * first; where none may be driven out, it searches the whole table now and then and is refused.
 */
export class Table<Entry extends Perishable> {
  readonly #options: TableOptions<Entry>;
  readonly #entries = new Map<string, Entry>();
  /** Goes round and round. */
  #hand: Iterator<[string, Entry], unknown> = this.#entries.entries();
  #searchedAt = -Infinity;

  constructor(options: TableOptions<Entry>) {
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
    if (!this.#full) {
      this.#lookAround(LOOKS, now - this.#options.keepMs);
      return true;
    }
    const others = this.#lookAround(LOOKS_WHEN_FULL, now);
    if (!this.#full) return true;
    const least = this.#leastOf(others, now);
    if (least === undefined) return this.#searched(now);
    this.#entries.delete(least);
    return true;
  }

  /** Forgets those of the next few that ended by then; answers the others. */
  #lookAround(looks: number, endedBy: number): [string, Entry][] {
    const others: [string, Entry][] = [];
    for (let look = Math.min(looks, this.size); look > 0; look--) {
      const next = this.#next();
      if (next === undefined) break;
      if (next[1].endsAt <= endedBy) this.#entries.delete(next[0]);
      else others.push(next);
    }
    return others;
  }

  /** The one that may be driven out, if any may. */
  #leastOf(entries: readonly [string, Entry][], now: number): string | undefined {
    const { lossOf } = this.#options;
    if (lossOf === undefined) return undefined;
    let least: { readonly key: string; readonly loss: number; readonly endsAt: number } | undefined;
    for (const [key, entry] of entries) {
      const loss = lossOf(entry, now);
      const { endsAt } = entry;
      const isLess =
        least === undefined || loss < least.loss || (loss === least.loss && endsAt < least.endsAt);
      if (isLess) least = { key, loss, endsAt };
    }
    return least?.key;
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
