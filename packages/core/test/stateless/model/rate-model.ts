import type { Metered, Take } from '../../../src/stateless/store.ts';

/** Units of a rate, told from the description: a level that sinks, and a tolerance of a nanosecond. */
export class RateModel {
  readonly #levels = new Map<string, { level: number; at: number }>();

  take(key: string, take: Take, now: number): Metered {
    const known = this.#levels.get(key) ?? { level: 0, at: now };
    const sunk = sunkLevel(known, now, take.unitsPerMs);
    const level = Math.min(sunk, take.burst);
    const { want, min = want } = take;
    if (want < 0) return this.#giveBack(key, { level, want, now }, take);
    const units = granted(level, want, min, take);
    // Settled once, also on a refusal: a clock that went back, and what the burst forgives.
    if (units > 0 || now < known.at || sunk > level) {
      this.#levels.set(key, { level: level + units, at: now });
    }
    const refused = want > 0 && units === 0;
    return answer(level + units, take, { units, retryMs: refused ? wait(level, min, take) : 0 });
  }

  /** A level of 0 equals none, and where there is none nothing is given back. */
  #giveBack(
    key: string,
    { level, want, now }: { level: number; want: number; now: number },
    take: Take,
  ): Metered {
    if (level === 0) return answer(0, take, { units: 0, retryMs: 0 });
    const lower = Math.max(0, level + want);
    this.#levels.set(key, { level: lower, at: now });
    return answer(lower, take, { units: want, retryMs: 0 });
  }
}

const sunkLevel = (
  { level, at }: { level: number; at: number },
  now: number,
  unitsPerMs: number,
): number => (now <= at ? level : Math.max(0, level - (now - at) * unitsPerMs));

const granted = (level: number, want: number, min: number, take: Take): number => {
  const possible = Math.min(want, room(level, take));
  return want > 0 && possible >= min ? possible : 0;
};

const tolerance = ({ burst, unitsPerMs }: Take): number =>
  burst * 1e-12 + Math.min(unitsPerMs * 1e-6, 1e-3);

const room = (level: number, take: Take): number =>
  Math.floor(take.burst - level + tolerance(take));

const wait = (level: number, units: number, take: Take): number => {
  if (room(level, take) >= units) return 0;
  const missing = level + units - take.burst - tolerance(take) / 2;
  return Math.ceil((missing / take.unitsPerMs) * 1_000) / 1_000;
};

const answer = (
  level: number,
  take: Take,
  { units, retryMs }: { units: number; retryMs: number },
): Metered => {
  const remaining = Math.max(0, room(level, take));
  const moreMs = remaining < take.burst ? wait(level, remaining + 1, take) : 0;
  return { units, remaining, retryMs, moreMs, resetMs: wait(level, take.burst, take) };
};
