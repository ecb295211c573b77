import type { Counted, Leased, Metered, Versioned, Written } from '@holdfast/core/stateless';

/** Bytes of a double. */
const DOUBLE = 8;

/** The answer of a script: doubles, the first of which is the server's time; maybe data after them. */
export type Reply = Buffer;

export const numberAt = (reply: Reply, place: number): number => reply.readDoubleLE(place * DOUBLE);

/** A command that came too late says what time it is, and nothing else. */
export const isStale = (reply: Reply): boolean => reply.length === DOUBLE;

export const meteredOf = (reply: Reply): Metered => ({
  units: numberAt(reply, 1),
  remaining: numberAt(reply, 2),
  retryMs: numberAt(reply, 3),
  moreMs: numberAt(reply, 4),
  resetMs: numberAt(reply, 5),
});

export const countedOf = (reply: Reply): Counted => ({
  ...meteredOf(reply),
  span: numberAt(reply, 6),
});

export const leasedOf = (reply: Reply): Leased => {
  if (numberAt(reply, 1) === 0)
    return { held: false, retryMs: numberAt(reply, 2), holders: numberAt(reply, 3) };
  return {
    held: true,
    fence: numberAt(reply, 2).toFixed(0),
    renewed: numberAt(reply, 3) === 1,
    holders: numberAt(reply, 4),
  };
};

/** Time, version and life; then the record as it is kept, with five doubles of its own before the data. */
const BEFORE_DATA = 8 * DOUBLE;

export const versionedOf = (reply: Reply): Versioned | undefined => {
  if (reply.length < BEFORE_DATA) return undefined;
  return {
    version: numberAt(reply, 1),
    // A copy with memory of its own: what came may be a part of all that the connection read at once, and small
    // buffers share theirs.
    data: Uint8Array.prototype.slice.call(reply, BEFORE_DATA),
    ttlMs: numberAt(reply, 2),
  };
};

export const writtenOf = (reply: Reply): Written => {
  const outcome = numberAt(reply, 1);
  const version = numberAt(reply, 2);
  if (outcome === 0) return { ok: true, version };
  return { ok: false, reason: outcome === 1 ? 'conflict' : 'gone', version };
};

export const touchedOf = (reply: Reply): 'ok' | 'gone' =>
  numberAt(reply, 1) === 1 ? 'ok' : 'gone';
