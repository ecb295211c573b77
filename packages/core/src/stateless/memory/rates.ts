import { levelAt, roomAt, waitAt } from '../../rate-limit/gcra.ts';
import type { Metered, Take } from '../store.ts';
import { lossOf } from './loss.ts';
import type { Perishable, Table } from './table.ts';

/** What a key has used of a rate: `level` stood at `at`. */
export interface RateEntry extends Perishable {
  level: number;
  at: number;
  /** Of the last call that changed it. */
  burst: number;
}

/** The level sinks steadily until the end. */
export const lossOfRate = ({ level, at, endsAt, burst }: RateEntry, now: number): number =>
  lossOf(level * Math.min(1, (endsAt - now) / (endsAt - at)), burst);

/** The units that are taken: `want`, or as many as are there unless that is fewer than `min`. */
const unitsOf = (level: number, take: Take): number => {
  if (take.want === 0) return 0;
  const units = Math.min(take.want, roomAt(level, take));
  return units >= (take.min ?? take.want) ? units : 0;
};

const waitFor = (units: number, level: number, take: Take): number =>
  units === 0 && take.want > 0 ? waitAt(level, take.min ?? take.want, take) : 0;

const metered = (units: number, level: number, take: Take): Metered => {
  const remaining = Math.max(0, roomAt(level, take));
  return {
    units,
    remaining,
    retryMs: waitFor(units, level, take),
    moreMs: remaining < take.burst ? waitAt(level, remaining + 1, take) : 0,
    resetMs: waitAt(level, take.burst, take),
  };
};

/** Decides about units of rates, as `rate-limit/gcra.ts` has it. */
export class Rates {
  readonly #table: Table<RateEntry>;

  constructor(table: Table<RateEntry>) {
    this.#table = table;
  }

  take(key: string, take: Take, now: number): Metered {
    const entry = this.#table.get(key);
    if (entry === undefined) return this.#takeFirst(key, take, now);
    const { at } = entry;
    const stood = levelAt(entry.level, at, now, take);
    const level = Math.min(stood, take.burst);
    if (take.want < 0) return giveBack(entry, level, take, now);
    const units = unitsOf(level, take);
    const answer = metered(units, level + units, take);
    // A clock that went back, or a burst that became smaller, is settled once, also on a refusal.
    if (units > 0 || now < at || stood > level) {
      entry.burst = take.burst;
      store(entry, level + units, answer, now);
    }
    return answer;
  }

  #takeFirst(key: string, take: Take, now: number): Metered {
    const units = take.want < 0 ? 0 : unitsOf(0, take);
    const answer = metered(units, units, take);
    if (units === 0) return answer;
    const { burst } = take;
    this.#table.add(key, { level: units, at: now, endsAt: now + answer.resetMs, burst }, now);
    return answer;
  }
}

const store = (entry: RateEntry, level: number, answer: Metered, now: number): void => {
  entry.level = level;
  entry.at = now;
  entry.endsAt = now + answer.resetMs;
};

/** Where nothing stands any more nothing is given back: whether the entry is still there must not matter. */
const giveBack = (entry: RateEntry, level: number, take: Take, now: number): Metered => {
  if (level === 0) return metered(0, 0, take);
  const lower = Math.max(0, level + take.want);
  const answer = metered(take.want, lower, take);
  entry.burst = take.burst;
  store(entry, lower, answer, now);
  return answer;
};
