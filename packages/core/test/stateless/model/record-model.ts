import type { Versioned, Write, Written } from '../../../src/stateless/store.ts';

interface Stored {
  readonly version: number;
  readonly data: Uint8Array;
  at: number;
  endsAt: number;
  absoluteEnd: number;
  readonly dead: boolean;
}

const gone = (version: number): Written => ({ ok: false, reason: 'gone', version });
const conflict = (version: number): Written => ({ ok: false, reason: 'conflict', version });

const refusalOf = (stored: Stored | undefined, { mode, version }: Write): Written | undefined => {
  if (stored === undefined) return mode === 'cas' ? gone(0) : undefined;
  if (stored.dead) return gone(0);
  const fits = mode === 'force' || (mode === 'cas' && version === stored.version);
  return fits ? undefined : conflict(stored.version);
};

/** Versioned records and tombstones, told from the description. */
export class RecordModel {
  readonly #keys = new Map<string, Stored>();

  read(key: string, now: number): Versioned | undefined {
    const stored = this.#storedAt(key, now);
    if (stored === undefined || stored.dead) return undefined;
    return { version: stored.version, data: stored.data, ttlMs: stored.endsAt - now };
  }

  write(key: string, write: Write, now: number): Written {
    const stored = this.#storedAt(key, now);
    const refusal = refusalOf(stored, write);
    if (refusal !== undefined) return refusal;
    const { data, ttlMs, absoluteMs } = write;
    const newEnd = absoluteMs === undefined ? 0 : now + absoluteMs;
    const { version, absoluteEnd } = stored ?? { version: 0, absoluteEnd: newEnd };
    const next = { version: version + 1, data, at: now, endsAt: 0, absoluteEnd, dead: false };
    return this.#putFor(key, next, ttlMs) ? { ok: true, version: version + 1 } : gone(version);
  }

  touch(key: string, ttlMs: number, now: number): 'ok' | 'gone' {
    const stored = this.#storedAt(key, now);
    if (stored === undefined || stored.dead) return 'gone';
    return this.#putFor(key, { ...stored, at: now }, ttlMs) ? 'ok' : 'gone';
  }

  remove(key: string, tombstoneMs: number, now: number): void {
    this.#keys.delete(key);
    if (tombstoneMs === 0) return;
    const endsAt = now + tombstoneMs;
    const data = new Uint8Array();
    this.#keys.set(key, { version: 0, data, at: now, endsAt, absoluteEnd: 0, dead: true });
  }

  #putFor(key: string, stored: Stored, ttlMs: number): boolean {
    const { at, absoluteEnd } = stored;
    const lifetime = absoluteEnd === 0 ? ttlMs : Math.min(ttlMs, absoluteEnd - at);
    if (lifetime > 0) this.#keys.set(key, { ...stored, endsAt: at + lifetime });
    else this.#keys.delete(key);
    return lifetime > 0;
  }

  #storedAt(key: string, now: number): Stored | undefined {
    const stored = this.#keys.get(key);
    if (stored === undefined) return undefined;
    const shift = stored.at - now;
    if (shift > 0) {
      stored.endsAt -= shift;
      if (stored.absoluteEnd > 0) stored.absoluteEnd -= shift;
      stored.at = now;
    }
    return stored.endsAt <= now ? undefined : stored;
  }
}
