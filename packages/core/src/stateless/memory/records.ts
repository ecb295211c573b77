import type { Versioned, Write, Written } from '../store.ts';
import { bytesOf, type Perishable, type Table } from './table.ts';

/** A record, or the tombstone of one. */
export interface RecordEntry extends Perishable {
  version: number;
  data: Uint8Array;
  /** When it was written or touched last. */
  at: number;
  /** 0 where there is none. */
  absoluteEnd: number;
  dead: boolean;
}

const NO_DATA = new Uint8Array();
const GONE: Written = { ok: false, reason: 'gone', version: 0 };

/** After a clock went back everything ends as much earlier. */
const forgetFuture = (entry: RecordEntry, now: number): void => {
  const shift = entry.at - now;
  if (shift <= 0) return;
  entry.endsAt -= shift;
  if (entry.absoluteEnd !== 0) entry.absoluteEnd -= shift;
  entry.at = now;
};

const sizeOf = (key: string, data: Uint8Array): number => bytesOf(key) + data.length;

/** What stands against a write, where anything does. */
const objection = (entry: RecordEntry | undefined, write: Write): Written | undefined => {
  if (entry?.dead === true) return GONE;
  const version = entry?.version ?? 0;
  if (write.mode === 'create' && entry !== undefined)
    return { ok: false, reason: 'conflict', version };
  if (write.mode !== 'cas' || version === write.version) return undefined;
  return entry === undefined ? GONE : { ok: false, reason: 'conflict', version };
};

/** How long it may live from now on; 0 or less if not at all. */
const lifetime = (ttlMs: number, absoluteEnd: number, now: number): number =>
  absoluteEnd === 0 ? ttlMs : Math.min(ttlMs, absoluteEnd - now);

/** Keeps versioned records and tombstones. The size of one is that of its key and its data, in bytes. */
export class Records {
  readonly #table: Table<RecordEntry>;

  constructor(table: Table<RecordEntry>) {
    this.#table = table;
  }

  read(key: string, now: number): Versioned | undefined {
    const entry = this.#living(key, now);
    if (entry === undefined || entry.dead) return undefined;
    // A copy: whoever changes what was read changes no record.
    return { version: entry.version, data: Buffer.from(entry.data), ttlMs: entry.endsAt - now };
  }

  write(key: string, write: Write, now: number): Written {
    const entry = this.#living(key, now);
    const against = objection(entry, write);
    if (against !== undefined) return against;
    const { absoluteMs = 0 } = write;
    const absoluteEnd = entry?.absoluteEnd ?? (absoluteMs > 0 ? now + absoluteMs : 0);
    const ttl = lifetime(write.ttlMs, absoluteEnd, now);
    const version = entry?.version ?? 0;
    if (ttl <= 0) {
      this.#table.delete(key);
      return { ok: false, reason: 'gone', version };
    }
    const next = { version: version + 1, data: new Uint8Array(write.data), absoluteEnd };
    this.#put(key, { ...next, at: now, endsAt: now + ttl, dead: false }, now);
    return { ok: true, version: version + 1 };
  }

  touch(key: string, ttlMs: number, now: number): 'ok' | 'gone' {
    const entry = this.#living(key, now);
    if (entry === undefined || entry.dead) return 'gone';
    const ttl = lifetime(ttlMs, entry.absoluteEnd, now);
    if (ttl <= 0) {
      this.#table.delete(key);
      return 'gone';
    }
    entry.at = now;
    entry.endsAt = now + ttl;
    return 'ok';
  }

  remove(key: string, tombstoneMs: number, now: number): void {
    if (tombstoneMs === 0) return this.#table.delete(key);
    const endsAt = now + tombstoneMs;
    this.#put(key, { version: 0, data: NO_DATA, at: now, endsAt, absoluteEnd: 0, dead: true }, now);
  }

  /** The record or tombstone that has not ended. */
  #living(key: string, now: number): RecordEntry | undefined {
    const entry = this.#table.get(key);
    if (entry === undefined) return undefined;
    forgetFuture(entry, now);
    return entry.endsAt > now ? entry : undefined;
  }

  #put(key: string, entry: RecordEntry, now: number): void {
    const size = sizeOf(key, entry.data);
    const known = this.#table.get(key);
    if (known === undefined) return this.#table.add(key, { ...entry, size }, now);
    this.#table.resize(known, size, now);
    Object.assign(known, entry);
  }
}
