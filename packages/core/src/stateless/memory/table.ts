import { StoreError } from '../store-error.ts';

/** What ends by itself. */
export interface Perishable {
  /** From then on it is as good as none. */
  endsAt: number;
  /** How much of the room it takes up, which the table keeps. Default 0. */
  size?: number | undefined;
}

/** What entries take up beside their number, in units of whoever has it; several tables may share it. */
export interface Room {
  left: number;
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
  readonly lossOf: LossOf<Entry> | undefined;
  /** Default: without end. */
  readonly room?: Room | undefined;
  /** How many bytes the keys of all entries may have, where `room` does not count them. Default: without end. */
  readonly maxKeyBytes?: number | undefined;
}

/** Two for a letter, which is the most. */
export const bytesOf = (key: string): number => 2 * key.length;

/** What one more entry takes, or one that grows. */
interface Need {
  readonly entries: number;
  readonly size: number;
  readonly keyBytes: number;
}

type LossOf<Entry> = (entry: Entry, now: number) => number;

/** How many old entries are looked at for each new one. */
const LOOKS = 2;
const LOOKS_WHEN_FULL = 8;
/** All of them are looked at no more often than this, however many newcomers find no room. */
const SEARCH_MS = 1_000;

/** The key of the one with which the least is lost. */
const leastOf = <Entry extends Perishable>(
  entries: readonly [string, Entry][],
  lossOf: LossOf<Entry>,
  now: number,
): string | undefined => {
  let least: { readonly key: string; readonly loss: number; readonly endsAt: number } | undefined;
  for (const [key, entry] of entries) {
    const loss = lossOf(entry, now);
    const { endsAt } = entry;
    const isLess =
      least === undefined || loss < least.loss || (loss === least.loss && endsAt < least.endsAt);
    if (isLess) least = { key, loss, endsAt };
  }
  return least?.key;
};

/**
 * So many entries, and so much room for them, and no more. Nothing happens in the background: each new one looks at a
 * few old ones, in turn, and forgets those that ended some time ago. Where there is no room it forgets those that have
 * ended at all, or else the one of them with which the least is lost, of several such the one that ends first, and looks
 * at the next few if that was too little; where none may be driven out, it searches the whole table now and then and
 * is refused.
 */
export class Table<Entry extends Perishable> {
  readonly #options: TableOptions<Entry>;
  readonly #room: Room;
  readonly #maxKeyBytes: number;
  readonly #entries = new Map<string, Entry>();
  /** Goes round and round. */
  #hand: Iterator<[string, Entry], unknown> = this.#entries.entries();
  #searchedAt = -Infinity;
  #keyBytes = 0;

  constructor(options: TableOptions<Entry>) {
    this.#options = options;
    this.#room = options.room ?? { left: Infinity };
    this.#maxKeyBytes = options.maxKeyBytes ?? Infinity;
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
    const { size = 0 } = entry;
    const need = { entries: 1, size, keyBytes: bytesOf(key) };
    if (!this.#lacks(need)) this.#lookAround(LOOKS, now - this.#options.keepMs);
    else if (!this.#makeRoom(need, now)) throw this.refusal();
    this.#room.left -= size;
    this.#keyBytes += need.keyBytes;
    this.#entries.set(key, entry);
  }

  /** Before an entry that is in the table changes so that it takes up so much. Throws as `add`; then it has not changed. */
  resize(entry: Entry, size: number, now: number): void {
    const { endsAt, size: before = 0 } = entry;
    const more = size - before;
    const need = { entries: 0, size: more, keyBytes: 0 };
    if (more > 0 && this.#lacks(need)) {
      // Else it might be forgotten itself.
      entry.endsAt = Infinity;
      const hasRoom = this.#makeRoom(need, now);
      entry.endsAt = endsAt;
      if (!hasRoom) throw this.refusal();
    }
    this.#room.left -= more;
    entry.size = size;
  }

  delete(key: string): void {
    const entry = this.#entries.get(key);
    if (entry === undefined) return;
    this.#room.left += entry.size ?? 0;
    this.#keyBytes -= bytesOf(key);
    this.#entries.delete(key);
  }

  refusal(): StoreError {
    return new StoreError(this.#options.name, 'refused');
  }

  #lacks({ entries, size, keyBytes }: Need): boolean {
    return (
      this.size + entries > this.#options.maxKeys ||
      size > this.#room.left ||
      this.#keyBytes + keyBytes > this.#maxKeyBytes
    );
  }

  #makeRoom(need: Need, now: number): boolean {
    const { lossOf } = this.#options;
    if (lossOf !== undefined) return this.#driveOut(lossOf, need, now);
    this.#lookAround(LOOKS_WHEN_FULL, now);
    return !this.#lacks(need) || (this.#searched(now) && !this.#lacks(need));
  }

  #driveOut(lossOf: LossOf<Entry>, need: Need, now: number): boolean {
    // For one that could never have room nobody else is driven out.
    if (need.keyBytes > this.#maxKeyBytes) return false;
    while (this.size > 0 && this.#lacks(need)) {
      const others = this.#lookAround(LOOKS_WHEN_FULL, now);
      const least = this.#lacks(need) ? leastOf(others, lossOf, now) : undefined;
      if (least !== undefined) this.delete(least);
    }
    return !this.#lacks(need);
  }

  /** Forgets those of the next few that ended by then; answers the others. */
  #lookAround(looks: number, endedBy: number): [string, Entry][] {
    const others: [string, Entry][] = [];
    for (let look = Math.min(looks, this.size); look > 0; look--) {
      const next = this.#next();
      if (next === undefined) break;
      if (next[1].endsAt <= endedBy) this.delete(next[0]);
      else others.push(next);
    }
    return others;
  }

  #next(): [string, Entry] | undefined {
    let step = this.#hand.next();
    if (step.done === true) {
      this.#hand = this.#entries.entries();
      step = this.#hand.next();
    }
    return step.done === true ? undefined : step.value;
  }

  /** False where that was a short while ago. */
  #searched(now: number): boolean {
    if (Math.abs(now - this.#searchedAt) < SEARCH_MS) return false;
    this.#searchedAt = now;
    for (const [key, { endsAt }] of this.#entries) if (endsAt <= now) this.delete(key);
    return true;
  }
}
