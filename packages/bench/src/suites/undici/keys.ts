import { standard } from '@holdfast/undici';
import { loops } from '../../harness/loops.ts';
import { median } from '../../harness/statistics.ts';
import type { Effort, FigureContestant, FigureGroup, Figures, Side } from '../../harness/suite.ts';
import { atEachLevel, LEVEL_COLUMNS, LEVELS, timesOf } from './levels.ts';
import { requestsThrough, type Interceptor } from './no-op-dispatcher.ts';

const [, , MOST_KEYS] = LEVELS;
const WARM_UP_REQUESTS = 200_000;
const BATCH = 50_000;

type Make = () => readonly Interceptor[];

const measure = (make: Make, effort: Effort): Promise<Figures> =>
  atEachLevel(async (keys) => {
    const origins = Array.from({ length: keys }, (_, key) => `http://host-${key}.example`);
    const operation = requestsThrough(make(), origins);
    await loops.sync(operation, Math.max(WARM_UP_REQUESTS, 2 * keys));
    return median(await timesOf(effort, BATCH, () => loops.sync(operation, BATCH)));
  });

const rotating = (name: string, side: Side, make: Make): FigureContestant => ({
  name,
  side,
  measure: (effort) => measure(make, effort),
});

/** Whether a request costs more when there are many keys: what is remembered, and what cannot be. */
export const keys: FigureGroup = {
  kind: 'figures',
  id: 'keys',
  title: 'One request to each of so many origins in turn, on a no-op dispatcher',
  columns: LEVEL_COLUMNS,
  contestants: [
    rotating('bare', 'bare', () => []),
    rotating('Holdfast standard(), maxKeys 100,000', 'holdfast', () =>
      standard({ maxKeys: MOST_KEYS }),
    ),
    rotating('Holdfast standard(), maxKeys 1,000', 'holdfast', () => standard()),
  ],
  goals: [],
};
