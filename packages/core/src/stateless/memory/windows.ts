import {
  add,
  emptyAt,
  emptyLog,
  expire,
  forgetFuture,
  roomIn,
  takeOut,
  waitIn,
  type WindowLog,
} from '../../rate-limit/sliding-window.ts';
import type { Count, Counted } from '../store.ts';
import { lossOf } from './loss.ts';
import type { Perishable, Table } from './table.ts';

/** What a key has used of a window. */
export interface WindowEntry extends Perishable {
  readonly log: WindowLog;
  /** Of the last call. */
  quota: number;
}

/** As of its last call: units that have left the window since are counted in. */
export const lossOfWindow = ({ log, quota }: WindowEntry): number => lossOf(log.used, quota);

/** What was taken, or given back where it is below 0. */
const unitsOf = (log: WindowLog, count: Count, now: number): number => {
  const { cost } = count;
  if (cost < 0) return -takeOut(log, -cost, count.span ?? 0);
  if (cost === 0 || cost > roomIn(log, count)) return 0;
  add(log, cost, now, count);
  return cost;
};

const counted = (log: WindowLog, count: Count, now: number, units: number): Counted => {
  const { cost, quota } = count;
  const remaining = Math.max(0, roomIn(log, count));
  return {
    // Nothing given back is 0, not -0.
    units: units === 0 ? 0 : units,
    remaining,
    retryMs: cost > 0 && units === 0 ? waitIn(log, cost, now, count) : 0,
    moreMs: remaining < quota ? waitIn(log, remaining + 1, now, count) : 0,
    resetMs: Math.max(0, emptyAt(log, count) - now),
    span: log.opened,
  };
};

/** Decides about units of windows, as `rate-limit/sliding-window.ts` has it. */
export class Windows {
  readonly #table: Table<WindowEntry>;

  constructor(table: Table<WindowEntry>) {
    this.#table = table;
  }

  count(key: string, count: Count, now: number): Counted {
    const entry = this.#table.get(key);
    const log = entry?.log ?? emptyLog();
    forgetFuture(log, now);
    expire(log, now, count);
    const answer = counted(log, count, now, unitsOf(log, count, now));
    const endsAt = now + answer.resetMs;
    const { quota } = count;
    if (entry !== undefined) {
      entry.endsAt = endsAt;
      entry.quota = quota;
    } else if (answer.units > 0) this.#table.add(key, { log, endsAt, quota }, now);
    return answer;
  }
}
