import { NANOSECOND_MS, roundedUpMs } from './resolution.ts';

/** At most `quota` units in any window of `windowMs`. */
export interface Quota {
  readonly quota: number;
  readonly windowMs: number;
}

/** Units that were taken close to each other leave the window together. */
const SPANS_PER_WINDOW = 8;
/** More spans than this are never in a window: their beginnings are an eighth of it apart. */
export const SPANS: number = SPANS_PER_WINDOW + 1;

/**
 * What a key used lately: a ring of spans, each no longer than an eighth of the window, with the
 * units taken in it and the time of the last of them. A span leaves the window as a whole, when its
 * last unit does.
 *
 * Promise: never more than `quota` in any window, whatever the traffic. Price: a unit comes back up
 * to an eighth of the window later than it had to; on time where all of its span came at once, as
 * it does for a key that uses all it may.
 */
export interface WindowLog {
  /** Time of the last unit and number of units, span after span. */
  readonly spans: number[];
  /** Spans opened since the beginning; the number of the newest. */
  opened: number;
  /** How many of the newest spans may still be in the window. */
  live: number;
  /** When the newest span was opened. */
  openedAt: number;
  /** The units of all live spans. */
  used: number;
}

const NO_SPANS: readonly number[] = Array.from({ length: 2 * SPANS }, () => 0);

export const emptyLog = (): WindowLog => ({
  spans: NO_SPANS.slice(),
  opened: 0,
  live: 0,
  openedAt: 0,
  used: 0,
});

const place = (span: number): number => 2 * (span % SPANS);
const lastOf = (log: WindowLog, span: number): number => log.spans[place(span)] ?? 0;
const unitsOf = (log: WindowLog, span: number): number => log.spans[place(span) + 1] ?? 0;
const oldest = (log: WindowLog): number => log.opened - log.live + 1;

/** Forgets what has left the window. Whatever else is asked of a log is as of the last time this was. */
export const expire = (log: WindowLog, now: number, { windowMs }: Quota): void => {
  while (log.live > 0 && lastOf(log, oldest(log)) + windowMs <= now + NANOSECOND_MS) {
    log.used -= unitsOf(log, oldest(log));
    log.live--;
  }
};

/**
 * For a clock that can step back, before `expire`: nothing was taken later than now, so that no key
 * stands still for longer than a window.
 */
export const forgetFuture = (log: WindowLog, now: number): void => {
  if (log.openedAt <= now && lastOf(log, log.opened) <= now) return;
  log.openedAt = Math.min(log.openedAt, now);
  for (let span = oldest(log); span <= log.opened; span++) {
    log.spans[place(span)] = Math.min(lastOf(log, span), now);
  }
};

/**
 * How many units are there, below zero where more was used than `quota`. Take up to so many with
 * `add`: "between `min` and `want`" is the smaller of `want` and these, if that is no less than `min`.
 */
export const roomIn = (log: WindowLog, { quota }: Quota): number => quota - log.used;

/** Counts units taken now. Returns the number of their span, to take them out of it again. */
export const add = (log: WindowLog, units: number, now: number, { windowMs }: Quota): number => {
  const opens = log.live === 0 || now - log.openedAt >= windowMs / SPANS_PER_WINDOW;
  // Rounding may bring one span too many: one that is too long only leaves later.
  if (opens && log.live < SPANS) {
    log.opened++;
    log.live++;
    log.openedAt = now;
    log.spans[place(log.opened) + 1] = 0;
  }
  const at = place(log.opened);
  log.spans[at] = now;
  log.spans[at + 1] = unitsOf(log, log.opened) + units;
  log.used += units;
  return log.opened;
};

/**
 * Takes units that were not used after all out of their span. Returns how many: no more than stand there, and
 * none where the span has left or was never opened.
 */
export const takeOut = (log: WindowLog, units: number, span: number): number => {
  if (span < oldest(log) || span > log.opened) return 0;
  const taken = Math.min(units, unitsOf(log, span));
  log.spans[place(span) + 1] = unitsOf(log, span) - taken;
  log.used -= taken;
  return taken;
};

/**
 * How long until `units` are there, in milliseconds: whoever comes back then finds them. For more
 * than a quota, most of which others take before, the least it can be: a window for each quota.
 */
export const waitIn = (log: WindowLog, units: number, now: number, limit: Quota): number => {
  const { quota, windowMs } = limit;
  const windowsBefore = Math.max(0, Math.ceil(units / quota) - 1);
  let missing = units - windowsBefore * quota - roomIn(log, limit);
  if (missing <= 0 && windowsBefore === 0) return 0;
  let leavesAt = now;
  for (let span = oldest(log); missing > 0 && span <= log.opened; span++) {
    missing -= unitsOf(log, span);
    leavesAt = lastOf(log, span) + windowMs;
  }
  // Half of a nanosecond is left for what the clock rounds until then.
  return roundedUpMs(leavesAt - now + windowsBefore * windowMs - NANOSECOND_MS / 2);
};

/** Since when nothing is used any more, or will be. */
export const emptyAt = (log: WindowLog, { windowMs }: Quota): number =>
  log.opened === 0 ? -Infinity : lastOf(log, log.opened) + windowMs;
