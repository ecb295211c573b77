import type { Count, Counted } from '../../../src/stateless/store.ts';

interface Span {
  readonly number: number;
  last: number;
  units: number;
}

interface Log {
  /** Those in the window, oldest first. */
  spans: Span[];
  opened: number;
  openedAt: number;
  /** Of the span that was opened last, also after it has left. */
  last: number;
}

/** The least difference of times. */
const LEAST = 1e-6;

/** Units of a window, told from the description: spans of an eighth of it, each of which leaves as a whole. */
export class WindowModel {
  readonly #logs = new Map<string, Log>();

  count(key: string, count: Count, now: number): Counted {
    const known = this.#logs.get(key);
    const log = known ?? { spans: [], opened: 0, openedAt: 0, last: 0 };
    forgetFuture(log, now);
    while (log.spans[0] !== undefined && log.spans[0].last + count.windowMs <= now + LEAST) {
      log.spans.shift();
    }
    const units = change(log, count, now);
    if (units > 0) this.#logs.set(key, log);
    const remaining = Math.max(0, count.quota - used(log));
    return {
      units,
      remaining,
      retryMs: count.cost > 0 && units === 0 ? wait(log, count.cost, now, count) : 0,
      moreMs: remaining < count.quota ? wait(log, remaining + 1, now, count) : 0,
      resetMs: log.opened === 0 ? 0 : Math.max(0, log.last + count.windowMs - now),
      span: log.opened,
    };
  }
}

const used = ({ spans }: Log): number => spans.reduce((sum, { units }) => sum + units, 0);

const forgetFuture = (log: Log, now: number): void => {
  log.openedAt = Math.min(log.openedAt, now);
  for (const span of log.spans) span.last = Math.min(span.last, now);
  log.last = log.spans.at(-1)?.last ?? log.last;
};

const change = (log: Log, { cost, span, quota, windowMs }: Count, now: number): number => {
  if (cost < 0) return giveBack(log, -cost, span);
  if (cost === 0 || cost > quota - used(log)) return 0;
  const opens = log.spans.length === 0 || now - log.openedAt >= windowMs / 8;
  if (opens && log.spans.length < 9) {
    log.opened++;
    log.openedAt = now;
    log.spans.push({ number: log.opened, last: now, units: 0 });
  }
  const newest = log.spans.at(-1)!;
  newest.last = now;
  newest.units += cost;
  log.last = now;
  return cost;
};

const giveBack = (log: Log, units: number, number: number | undefined): number => {
  const span = log.spans.find((each) => each.number === number);
  const given = Math.min(units, span?.units ?? 0);
  if (span === undefined || given === 0) return 0;
  span.units -= given;
  return -given;
};

const wait = (log: Log, units: number, now: number, { quota, windowMs }: Count): number => {
  let missing = units - (quota - used(log));
  if (missing <= 0) return 0;
  let leaves = now;
  for (const span of log.spans) {
    if (missing <= 0) break;
    missing -= span.units;
    leaves = span.last + windowMs;
  }
  return Math.ceil((leaves - now - LEAST / 2) * 1_000) / 1_000;
};
