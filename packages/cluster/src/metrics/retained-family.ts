import { partAt, plus, type Family, type Part, type Series } from './family.ts';
import type { MetricValue } from './types.ts';

const MOST_PARTS_OF_SERIES = 500;
const MOST_NUMBERS_OF_FAMILY = 20_000;

/** How many more numbers may be remembered in all. */
export interface Room {
  left: number;
}

const boundText = (bound: number): string | number => (bound === Infinity ? '+Inf' : bound);

/** As prom-client orders them: buckets upwards, then sum and count. */
const rankOf = (part: Part): number => {
  if (typeof part === 'number') return 0;
  return part === 'count' ? 2 : 1;
};

export const inOrder = (a: Part, b: Part): number =>
  typeof a === 'number' && typeof b === 'number' && a !== b ? a - b : rankOf(a) - rankOf(b);

const valueOf = (
  name: string,
  labels: Series['labels'],
  [part, value]: [Part, number],
): MetricValue => {
  if (part === 'value') return { labels, value };
  return typeof part === 'number'
    ? { labels: { le: boundText(part), ...labels }, value, metricName: `${name}_bucket` }
    : { labels, value, metricName: `${name}_${part}` };
};

/**
 * The totals of a family that processes now gone have left behind, and every series there ever was. Only what has been
 * admitted counts, so a worker cannot make it grow without end.
 */
export class RetainedFamily {
  readonly name: string;
  readonly help: string;
  readonly type: Family['type'];
  readonly #room: Room;
  readonly #series: Map<string, Series> = new Map();
  #numbers = 0;

  constructor({ name, help, type }: Family, room: Room) {
    this.name = name;
    this.help = help;
    this.type = type;
    this.#room = room;
  }

  /** Takes out of a worker's family what there is no room for; how many numbers that was. */
  admit({ totals }: Family): number {
    let dropped = 0;
    for (const [key, { labels, parts }] of totals) {
      // Half of a histogram would be none.
      if (!this.#series.has(key) && !this.#hasRoom(parts.size)) {
        totals.delete(key);
        dropped += parts.size;
        continue;
      }
      const known = this.#series.get(key) ?? { labels, parts: new Map() };
      for (const part of parts.keys()) {
        if (known.parts.has(part) || this.#remember(known, part)) continue;
        parts.delete(part);
        dropped++;
      }
      if (known.parts.size > 0) this.#series.set(key, known);
    }
    return dropped;
  }

  /** The process that counted this is gone, or has begun again. */
  fold(key: string, series: Series): void {
    const known = this.#series.get(key);
    if (known === undefined) return;
    for (const [part, value] of known.parts) {
      known.parts.set(part, plus(value, partAt(series.parts, part)));
    }
  }

  /** What is retained and what the processes of now have counted, together. */
  values(families: readonly Family[]): MetricValue[] {
    const values: MetricValue[] = [];
    for (const [key, { labels, parts }] of this.#series) {
      const living = families.flatMap(({ totals }) => totals.get(key)?.parts ?? []);
      const sums = Array.from(parts, ([part, retained]): [Part, number] => [
        part,
        living.reduce((sum, each) => plus(sum, partAt(each, part)), retained),
      ]);
      for (const sum of sums.sort(([a], [b]) => inOrder(a, b)))
        values.push(valueOf(this.name, labels, sum));
    }
    return values;
  }

  /** Gives back the room that it took. */
  forget(): void {
    this.#room.left += this.#numbers;
  }

  #hasRoom(parts: number): boolean {
    if (parts > MOST_PARTS_OF_SERIES || parts > this.#room.left) return false;
    return this.#numbers + parts <= MOST_NUMBERS_OF_FAMILY;
  }

  #remember({ parts }: Series, part: Part): boolean {
    if (parts.size >= MOST_PARTS_OF_SERIES || !this.#hasRoom(1)) return false;
    parts.set(part, partAt(parts, part));
    this.#numbers++;
    this.#room.left--;
    return true;
  }
}
