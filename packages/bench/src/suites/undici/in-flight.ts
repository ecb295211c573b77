import { standard } from '@holdfast/undici';
import { interceptors } from 'undici';
import { figureGoal } from '../../harness/goals.ts';
import { quantile } from '../../harness/statistics.ts';
import type { Effort, FigureContestant, FigureGroup, Figures, Side } from '../../harness/suite.ts';
import { figure } from '../../harness/table.ts';
import { heldBytes } from '../heap.ts';
import { atEachLevel, LEVEL_COLUMNS, LEVELS, timesOf } from './levels.ts';
import { HeldRequests, type Interceptor } from './no-op-dispatcher.ts';

const [FEWEST, , MOST] = LEVELS;
const WARM_UP_BATCHES = 2_000;
const BATCH = 100;
/** The collector has much to mark: its pauses are not what grows with the requests in flight. */
const FASTEST = 0.1;
const AT_MOST = 2;

type Make = () => readonly Interceptor[];

const measure = async (make: Make, effort: Effort): Promise<Figures> => {
  const requests = new HeldRequests(make());
  const batch = (): void => {
    requests.start(BATCH);
    requests.end(BATCH);
  };
  const before = heldBytes();
  const figures = await atEachLevel(async (level) => {
    requests.start(level - requests.size);
    // Anew each time: a full collection also throws compiled code away.
    for (let i = 0; i < WARM_UP_BATCHES; i++) batch();
    return quantile(await timesOf(effort, BATCH, batch), FASTEST);
  });
  return { ...figures, bytes: (heldBytes() - before) / requests.size };
};

const holding = (name: string, side: Side, make: Make): FigureContestant => ({
  name,
  side,
  measure: (effort) => measure(make, effort),
});

const own = holding('Holdfast standard()', 'holdfast', () =>
  standard({ bulkhead: { concurrency: 2 * MOST } }),
);

/** Whether a request costs more when there are many in flight, and what each of those weighs. */
export const inFlight: FigureGroup = {
  kind: 'figures',
  id: 'in-flight',
  title: 'One more request, begun and answered, with so many in flight',
  columns: [...LEVEL_COLUMNS, { key: 'bytes', heading: 'B held each', decimals: 0 }],
  contestants: [
    holding('bare', 'bare', () => []),
    own,
    holding('undici interceptors.retry', 'peer', () => [interceptors.retry()]),
  ],
  goals: [
    figureGoal(own.name, 'growth', {
      what: `${own.name}: time of a request, ${figure(MOST)} in flight over ${figure(FEWEST)}`,
      unit: 'x',
      atMost: AT_MOST,
    }),
  ],
};
