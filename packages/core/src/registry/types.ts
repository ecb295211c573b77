import type { Clock } from '../runtime/clock.ts';

/** When an entry may be forgotten to make room: at once, once unused for `idleMs`, or never. */
export type Spare = 'now' | 'idle' | 'never';

/** Options of `keyedRegistry`. */
export interface KeyedRegistryOptions<Entry extends Disposable> {
  /** Stands in events and errors. */
  readonly name: string;
  /** The entry of a key that has none yet. What it throws, `get` throws. */
  create(key: string): Entry;
  /**
   * Whether an entry may be forgotten. Asked of up to 64 for one newcomer. `idle` says whether it was
   * unused for `idleMs`: where it was not, a dear question may be spared. Must not throw.
   */
  spare(entry: Entry, idle: boolean): Spare;
  /** What newcomers share while every entry is protected. Asked once, when it is first needed. */
  overflow(): Entry;
  /** How many keys have an entry of their own. Default 1,000. */
  readonly maxEntries?: number | undefined;
  /** Default 600,000. */
  readonly idleMs?: number | undefined;
  readonly clock?: Clock | undefined;
}

/** What `on` of a registry can listen to. */
export interface KeyedRegistryEvents {
  /** An entry was forgotten to make room. It is not disposed of: calls may be under way. */
  evicted: { readonly name: string; readonly key: string };
  /** Every entry is protected, so this key shares the overflow entry. */
  overflow: { readonly name: string; readonly key: string };
}

/** Entries by key, bounded. */
export interface KeyedRegistry<Entry extends Disposable> extends Disposable {
  readonly name: string;
  /** Keys that have an entry of their own. */
  readonly size: number;
  /** How often a key had to share the overflow entry. */
  readonly overflows: number;
  /**
   * The entry of a key: its own, a new one, or the overflow entry where there is no room. Throws
   * `HF_DISPOSED` once disposed, and `TypeError` for a key that is no string.
   */
  get(key: string): Entry;
  /** The entries there are, least recently used first. Changes nothing. */
  entries(): IterableIterator<[string, Entry]>;
  on<Name extends keyof KeyedRegistryEvents>(
    name: Name,
    listener: (event: KeyedRegistryEvents[Name]) => void,
  ): Disposable;
}
