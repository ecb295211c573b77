import type { Effort, Figures } from '../../harness/suite.ts';
import { figure } from '../../harness/table.ts';

/** How many keys, or requests in flight, a request's cost is measured with. */
export const LEVELS = [1, 1_000, 100_000] as const;
const [FEWEST, , MOST] = LEVELS;

const BATCHES: Readonly<Record<Effort, number>> = { full: 41, quick: 11 };
const NS_PER_MS = 1e6;

const keyOf = (level: number): string => `ns${level}`;

/** Columns of what a request costs at each level, and how it grows. */
export const LEVEL_COLUMNS = [
  ...LEVELS.map((level) => ({ key: keyOf(level), heading: `ns at ${figure(level)}`, decimals: 0 })),
  { key: 'growth', heading: `x from ${figure(FEWEST)} to ${figure(MOST)}`, decimals: 2 },
];

/** Nanoseconds of one of `count` requests, once for each batch. */
export const timesOf = async (
  effort: Effort,
  count: number,
  batch: () => void | Promise<void>,
): Promise<number[]> => {
  const times: number[] = [];
  while (times.length < BATCHES[effort]) {
    const begin = performance.now();
    await batch();
    times.push(((performance.now() - begin) * NS_PER_MS) / count);
  }
  return times;
};

/** The figures of a row from what one request costs at each level. */
export const atEachLevel = async (cost: (level: number) => Promise<number>): Promise<Figures> => {
  const figures: Record<string, number> = {};
  for (const level of LEVELS) figures[keyOf(level)] = await cost(level);
  const growth = (figures[keyOf(MOST)] ?? Number.NaN) / (figures[keyOf(FEWEST)] ?? Number.NaN);
  return { ...figures, growth };
};
