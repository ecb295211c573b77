import { circuitBreaker, consecutive, countWindow, type TripRule } from '@holdfast/core';
import { within } from '../../harness/goals.ts';
import type { Contestant, Goal, Operation, RatioGroup, RatioRow } from '../../harness/suite.ts';

const AT_MOST_NS = 5;

const counting = (): (() => number) => {
  let count = 0;
  return () => (count = (count + 1) & 0xff_ff);
};

const holdfastSync = (what: string, trip?: TripRule): Contestant => ({
  name: `Holdfast executeSync, ${what}`,
  side: 'holdfast',
  make: (): Operation => {
    const breaker = circuitBreaker({ name: 'bench', trip });
    const call = counting();
    return () => breaker.executeSync(call);
  },
});

const count = holdfastSync('count 100', countWindow({ size: 100 }));
const defaults = holdfastSync('defaults');

/** What the clock costs on this machine; a time window cannot do without. */
const clockRead: Contestant = {
  name: 'performance.now()',
  side: 'bare',
  make: () => () => performance.now(),
};

const beyondClockRead: Goal<RatioRow> = {
  what: `${defaults.name}: added time beyond one clock read`,
  unit: 'ns',
  atMost: AT_MOST_NS,
  measured: (find) => {
    const [own, clock] = [find(defaults.name), find(clockRead.name)];
    return own && clock && own.addedNs - clock.addedNs;
  },
};

export const sync: RatioGroup = {
  kind: 'ratio',
  id: 'sync',
  title: 'Closed, synchronous function (no peer has a synchronous mode)',
  loop: 'sync',
  bare: counting,
  expects: (outcome) => typeof outcome === 'number',
  contestants: [count, holdfastSync('consecutive', consecutive(10)), defaults, clockRead],
  goals: [...within(count.name, { addedNs: AT_MOST_NS }), beyondClockRead],
};
