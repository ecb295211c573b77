import { countWindow, timeWindow } from '@holdfast/core';
import { CountBreaker, SamplingBreaker } from 'cockatiel';
import { within } from '../../harness/goals.ts';
import { propertyOf } from '../../harness/outcome.ts';
import type { Contestant, Goal, Operation, RatioGroup, RatioRow } from '../../harness/suite.ts';
import { repeated } from './repeated.ts';
import { figure } from '../../harness/table.ts';
import type { Call } from '../contender.ts';
import type { Contender } from './contender.ts';
import { cockatiel, holdfast, mollitia, opossum } from './contenders.ts';

/** One success among so many calls keeps every breaker closed whose threshold is high enough. */
const ONE_SUCCESS_IN = 50;
const THRESHOLD = 0.99;
const MESSAGE = 'down';
const FLAT = 2;

/** Fails nearly always, after `successes` calls that fill the window. */
const failing = (successes = 0): Call => {
  const error = new Error(MESSAGE);
  let calls = 0;
  return async () => {
    if (calls++ < successes || calls % ONE_SUCCESS_IN === 0) return 1;
    throw error;
  };
};

const filled = ({ name, side, guard }: Contender, samples: number): Contestant => ({
  name: `${name}, ${figure(samples)} samples`,
  side,
  make: (): Promise<Operation> => repeated(guard(failing(samples)), samples),
});

const count = (size: number): Contestant =>
  filled(holdfast('count', { trip: countWindow({ size, failureRate: THRESHOLD }) }), size);

const SIZES = [100, 10_000, 1_000_000] as const;
const counts = SIZES.map((size) => count(size));
const time = filled(holdfast('time window', { trip: timeWindow({ failureRate: THRESHOLD }) }), 100);

const flat: Goal<RatioRow> = {
  what: 'Holdfast count: time with 1,000,000 samples over that with 100',
  unit: 'x',
  atMost: FLAT,
  measured: (find) => {
    const [few, , many] = counts.map(({ name }) => find(name));
    return few && many && many.ratio / few.ratio;
  },
};

const cockatielCount = cockatiel(
  'count',
  () => new CountBreaker({ threshold: THRESHOLD, size: 100 }),
);
const cockatielSampling = cockatiel(
  'sampling 10 s',
  () => new SamplingBreaker({ threshold: THRESHOLD, duration: 10_000 }),
);
const opossumNoTimeout = opossum('timeout:false', {
  timeout: false,
  errorThresholdPercentage: THRESHOLD * 100,
});
const mollitiaCount = mollitia('count', {
  slidingWindowSize: 100,
  minimumNumberOfCalls: 100,
  failureRateThreshold: THRESHOLD * 100,
});

export const failingCalls: RatioGroup = {
  kind: 'ratio',
  id: 'failing',
  title: `Closed, failures (with one success in ${ONE_SUCCESS_IN})`,
  loop: 'caught',
  bare: () => failing(),
  expects: (outcome) => outcome === 1 || propertyOf(outcome, 'message') === MESSAGE,
  contestants: [
    ...counts,
    time,
    filled(cockatielCount, 100),
    filled(cockatielSampling, 100),
    filled(opossumNoTimeout, 100),
    filled(opossumNoTimeout, 10_000),
    filled(mollitiaCount, 100),
  ],
  goals: [...[...counts, time].flatMap(({ name }) => within(name, { ratio: 1.8 })), flat],
};
