import { HoldfastError } from '../errors.ts';
import { Emitter } from '../events/emitter.ts';
import { clockOf } from '../options/time-and-chance.ts';
import {
  assertFunction,
  assertOptions,
  given,
  nameOf,
  numberIn,
  wrongType,
} from '../options/validate.ts';
import type { Clock } from '../runtime/clock.ts';
import type { KeyedRegistry, KeyedRegistryEvents, KeyedRegistryOptions } from './types.ts';

/** A key with an entry of its own. */
interface Slot<Entry> {
  readonly key: string;
  readonly entry: Entry;
  usedAt: number;
}

/** How many entries one newcomer may look at: a flood of keys must not cost a scan of all each. */
const LOOKS_PER_NEWCOMER = 64;

const KNOWN = ['name', 'create', 'spare', 'overflow', 'maxEntries', 'idleMs', 'clock'];

const assertFunctions = (options: object): void => {
  for (const name of ['create', 'spare', 'overflow']) {
    const value: unknown = Reflect.get(options, name);
    if (value === undefined) throw wrongType(name, value, 'a function');
    assertFunction(name, value);
  }
};

class Registry<Entry extends Disposable> implements KeyedRegistry<Entry> {
  readonly name: string;
  overflows = 0;
  readonly #options: KeyedRegistryOptions<Entry>;
  readonly #maxEntries: number;
  readonly #idleMs: number;
  readonly #clock: Clock;
  /** Least recently used first. */
  readonly #slots = new Map<string, Slot<Entry>>();
  readonly #events = new Emitter<KeyedRegistryEvents>();
  /** Whose key was asked for last; it stands last in `#slots`. */
  #last: Slot<Entry> | undefined = undefined;
  /** Whether the last key was asked for again, at times nobody looked at. */
  #again = false;
  #overflow: Entry | undefined = undefined;
  #disposed = false;

  constructor(options: KeyedRegistryOptions<Entry>) {
    assertOptions('keyedRegistry', options, KNOWN);
    assertFunctions(options);
    this.name = nameOf('name', options.name);
    this.#maxEntries = numberIn('maxEntries', given(options.maxEntries, 1_000), {
      min: 1,
      whole: true,
    });
    this.#idleMs = numberIn('idleMs', given(options.idleMs, 600_000), { min: 0 });
    this.#clock = clockOf(options.clock);
    this.#options = options;
  }

  get size(): number {
    return this.#slots.size;
  }

  get(key: string): Entry {
    const last = this.#last;
    if (last === undefined || last.key !== key) return this.#find(key);
    this.#again = true;
    return last.entry;
  }

  *entries(): IterableIterator<[string, Entry]> {
    for (const [key, { entry }] of this.#slots) yield [key, entry];
  }

  on<Name extends keyof KeyedRegistryEvents>(
    name: Name,
    listener: (event: KeyedRegistryEvents[Name]) => void,
  ): Disposable {
    return this.#events.on(name, listener);
  }

  [Symbol.dispose](): void {
    this.#disposed = true;
    this.#last = undefined;
    for (const { entry } of this.#slots.values()) entry[Symbol.dispose]();
    this.#overflow?.[Symbol.dispose]();
    this.#slots.clear();
    this.#events.close();
  }

  #find(key: string): Entry {
    this.#assertUsable();
    if (typeof key !== 'string') throw wrongType('key', key, 'a string');
    const now = this.#clock.now();
    const known = this.#slots.get(key);
    if (known !== undefined) return this.#use(known, now);
    try {
      return this.#admit(key, now);
    } finally {
      // Listeners may ask for keys themselves: by now every entry is in its place.
      this.#events.flush(undefined);
    }
  }

  #assertUsable(): void {
    if (this.#disposed) throw new HoldfastError({ code: 'HF_DISPOSED', policy: this.name });
  }

  /** From here on the entry asked for last is one like any other. */
  #leaveLast(now: number): void {
    if (this.#last !== undefined && this.#again) this.#last.usedAt = now;
    this.#last = undefined;
    this.#again = false;
  }

  #use(slot: Slot<Entry>, now: number): Entry {
    this.#leaveLast(now);
    slot.usedAt = now;
    this.#moveToEnd(slot);
    this.#last = slot;
    return slot.entry;
  }

  #admit(key: string, now: number): Entry {
    if (!this.#hasRoom(now)) return this.#share(key);
    const entry = this.#options.create(key);
    // It may have asked for keys itself, this one too, or disposed of everything.
    const known = this.#slots.get(key);
    if (!this.#disposed && known === undefined && this.#hasRoom(now))
      return this.#use({ key, entry, usedAt: now }, now);
    entry[Symbol.dispose]();
    this.#assertUsable();
    return known === undefined ? this.#share(key) : this.#use(known, now);
  }

  #share(key: string): Entry {
    this.#overflow ??= this.#options.overflow();
    this.overflows++;
    this.#emit('overflow', key);
    return this.#overflow;
  }

  #hasRoom(now: number): boolean {
    return this.#slots.size < this.#maxEntries || this.#evict(now);
  }

  /** Forgets one entry, those spare now first; what is protected moves behind as if it had been used. */
  #evict(now: number): boolean {
    this.#leaveLast(now);
    let spare: Slot<Entry> | undefined;
    let looks = Math.min(LOOKS_PER_NEWCOMER, this.size);
    for (const slot of this.#slots.values()) {
      // Those that were moved behind come round again.
      if (looks-- === 0) break;
      const idle = now - slot.usedAt >= this.#idleMs;
      const answer = this.#options.spare(slot.entry, idle);
      if (answer === 'now') return this.#forget(slot);
      if (answer === 'idle' && idle) spare ??= slot;
      this.#moveToEnd(slot);
    }
    return spare !== undefined && this.#forget(spare);
  }

  #forget({ key }: Slot<Entry>): true {
    this.#slots.delete(key);
    this.#emit('evicted', key);
    return true;
  }

  #moveToEnd(slot: Slot<Entry>): void {
    this.#slots.delete(slot.key);
    this.#slots.set(slot.key, slot);
  }

  #emit(name: keyof KeyedRegistryEvents, key: string): void {
    this.#events.emit(name, { name: this.name, key });
  }
}

/**
 * Entries by key, at most `maxEntries`. Those that are spare at once make room first, then those that
 * are spare once unused for `idleMs`; a protected one never goes. A newcomer looks at the 64 least
 * recently used at most; where none of them may be forgotten it shares the overflow entry with others
 * like it. A key that is asked for several times in a row costs a comparison each, reads no clock, and
 * counts as used until another key is asked for. Throws for a wrong option.
 */
export const keyedRegistry = <Entry extends Disposable>(
  options: KeyedRegistryOptions<Entry>,
): KeyedRegistry<Entry> => new Registry(options);
