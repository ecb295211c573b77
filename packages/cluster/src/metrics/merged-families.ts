import type { CheckedFamilies } from './check-families.ts';
import type { Dropped } from './dropped.ts';
import { partAt, type Families, type Family, type Part, type Series } from './family.ts';
import { joinLevels } from './join-levels.ts';
import { RetainedFamily, type Room } from './retained-family.ts';
import { sampleNames } from './sample-names.ts';
import type { MetricFamily } from './types.ts';

const MOST_FAMILIES = 5_000;
const MOST_NUMBERS = 200_000;

/** The sum of observations may be lower than before where some are negative; nothing else of a process may. */
const hasFallen = (before: Series, after: Series): boolean => {
  for (const [part, value] of before.parts) {
    if (part !== 'sum' && (after.parts.get(part) ?? value) < value) return true;
  }
  return false;
};

const keepMissing = <K, V>(before: ReadonlyMap<K, V>, after: Map<K, V>): void => {
  for (const [key, value] of before) if (!after.has(key)) after.set(key, value);
};

/** A bucket that is missing now has what it had, and no less than the next lower one. */
const keepParts = (before: ReadonlyMap<Part, number>, after: Map<Part, number>): void => {
  for (const [part, value] of before) {
    if (after.has(part)) continue;
    const now = typeof part === 'number' ? Math.max(value, partAt(after, part)) : value;
    after.set(part, now);
  }
};

/** What is lower than before has begun again; what is missing now may be back the next time. */
const follow = (retained: RetainedFamily, before: Family, after: Family): void => {
  for (const [key, series] of before.totals) {
    const next = after.totals.get(key);
    if (next === undefined) continue;
    if (hasFallen(series, next)) retained.fold(key, series);
    else keepParts(series.parts, next.parts);
  }
  keepMissing(before.totals, after.totals);
};

const sizeOf = ({ totals, levels }: Family): number => {
  let size = 0;
  for (const { values } of levels.values()) size += values.length;
  for (const { parts } of totals.values()) size += parts.size;
  return size;
};

/**
 * The families of all workers as one. What a worker has counted stays in the totals when it is gone, when it does not
 * tell, and when it begins again at zero. Each source of a worker is followed by itself: where two have the same counter
 * and one of them does not tell, the sum of both would look as if it had begun again.
 */
export class MergedFamilies {
  readonly #retained: Map<string, RetainedFamily> = new Map();
  /** By each of their names. */
  readonly #named: Map<string, RetainedFamily> = new Map();
  /** By worker and source. */
  readonly #last: Map<number, Map<number, Families>> = new Map();
  readonly #room: Room = { left: MOST_NUMBERS };

  /** Takes over what a worker has now. Changes what it is given: what there is no room for is gone, and in `dropped`. */
  record(worker: number, { sources, dropped }: CheckedFamilies): void {
    const last = this.#last.get(worker) ?? new Map<number, Families>();
    this.#last.set(worker, last);
    for (const source of new Set([...last.keys(), ...sources.keys()])) {
      const families: Families = sources.get(source) ?? new Map();
      this.#admit(worker, families, dropped);
      this.#follow(last.get(source), families);
      last.set(source, families);
    }
  }

  /** A worker is gone. */
  exited(worker: number): void {
    for (const families of this.#last.get(worker)?.values() ?? []) {
      for (const [retained, { totals }] of this.#retainedOf(families))
        for (const [key, series] of totals) retained.fold(key, series);
    }
    this.#last.delete(worker);
  }

  /** All totals, and the gauges of those who answered, the lowest slot first. */
  merge(answered: readonly number[]): MetricFamily[] {
    const merged: MetricFamily[] = [];
    for (const retained of this.#retained.values()) {
      const { name, help, type } = retained;
      const now = this.#familiesOf(retained, answered);
      const totals = retained.values(this.#familiesOf(retained, this.#last.keys()));
      const values = [...joinLevels(now), ...totals];
      if (values.length > 0) {
        merged.push({ name, help, type, aggregator: now[0]?.aggregator ?? 'sum', values });
      }
    }
    return merged;
  }

  #familiesOf({ name, type }: RetainedFamily, workers: Iterable<number>): Family[] {
    const families: Family[] = [];
    for (const worker of workers) {
      for (const source of this.#last.get(worker)?.values() ?? []) {
        const family = source.get(name);
        if (family?.type === type) families.push(family);
      }
    }
    return families;
  }

  /** A name is that of the family that had it first, until no worker has that any more. */
  #retainedFor(worker: number, family: Family): RetainedFamily | undefined {
    const known = this.#retained.get(family.name);
    if (known?.type === family.type) return known;
    const names = sampleNames(family);
    const rivals = new Set(names.flatMap((name) => this.#named.get(name) ?? []));
    if (this.#retained.size - rivals.size >= MOST_FAMILIES) return undefined;
    for (const rival of rivals) if (this.#isOfOther(worker, rival)) return undefined;
    for (const rival of rivals) this.#forget(rival);
    const retained = new RetainedFamily(family, this.#room);
    this.#retained.set(family.name, retained);
    for (const name of names) this.#named.set(name, retained);
    return retained;
  }

  #forget(retained: RetainedFamily): void {
    retained.forget();
    this.#retained.delete(retained.name);
    for (const name of sampleNames(retained)) this.#named.delete(name);
  }

  #isOfOther(worker: number, retained: RetainedFamily): boolean {
    const others = [...this.#last.keys()].filter((each) => each !== worker);
    return this.#familiesOf(retained, others).length > 0;
  }

  #admit(worker: number, families: Families, dropped: Dropped): void {
    for (const family of families.values()) {
      const retained = this.#retainedFor(worker, family);
      if (retained !== undefined) {
        dropped.add(family.name, 'there are too many in this cluster', retained.admit(family));
        continue;
      }
      families.delete(family.name);
      const reason = 'its name is that of another in this cluster, or there are too many';
      dropped.add(family.name, reason, sizeOf(family));
    }
  }

  #follow(last: Families | undefined, families: Families): void {
    for (const [retained, before] of this.#retainedOf(last)) {
      const after = families.get(before.name);
      if (after === undefined) families.set(before.name, { ...before, levels: new Map() });
      else if (after.type === before.type) follow(retained, before, after);
    }
  }

  #retainedOf(families: Families | undefined): [RetainedFamily, Family][] {
    return Array.from(families?.values() ?? []).flatMap((family) => {
      const retained = this.#retained.get(family.name);
      return retained?.type === family.type ? [[retained, family]] : [];
    });
  }
}
