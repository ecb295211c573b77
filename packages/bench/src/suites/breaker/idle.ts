import { createHook } from 'node:async_hooks';
import { setImmediate as turn } from 'node:timers/promises';
import { figureGoal } from '../../harness/goals.ts';
import type { Effort, FigureGroup, Figures } from '../../harness/suite.ts';
import { figure } from '../../harness/table.ts';
import { succeeding } from '../contender.ts';
import type { Contender, Crowd } from './contender.ts';
import { contenders, holdfastDefaults } from './contenders.ts';
import { heldBytes, keep } from '../heap.ts';

const BREAKERS: Readonly<Record<Effort, number>> = { full: 10_000, quick: 1_000 };
const CALLS = 20;
const AT_MOST_BYTES = 1_100;
const US_PER_MS = 1_000;

const callOften = async (crowd: Crowd): Promise<void> => {
  for (let i = 0; i < CALLS; i++) await crowd.callEach();
  // Whatever the calls put off is done now.
  await turn();
};

/** Timers that are still set; `process.getActiveResourcesInfo()` would leave out unref'd ones. */
const timersHeld = async (act: () => Promise<unknown>): Promise<number> => {
  const held = new Set<number>();
  const hook = createHook({
    init: (id, type) => {
      if (type === 'Timeout') held.add(id);
    },
    destroy: (id) => {
      held.delete(id);
    },
  }).enable();
  await act();
  await turn();
  hook.disable();
  return held.size;
};

const measure = async ({ crowd }: Contender, effort: Effort): Promise<Figures> => {
  const size = BREAKERS[effort];
  const call = succeeding();
  // The first breakers bring code and shared objects that are nobody's own.
  await callOften(crowd(CALLS, call));
  const before = heldBytes();
  const start = performance.now();
  const breakers = crowd(size, call);
  const elapsedMs = performance.now() - start;
  keep(breakers);
  const fresh = heldBytes();
  await callOften(breakers);
  const used = heldBytes();
  return {
    fresh: (fresh - before) / size,
    used: (used - before) / size,
    constructionUs: (elapsedMs * US_PER_MS) / size,
    timers: await timersHeld(() => callOften(crowd(1, call))),
  };
};

const goal = (key: 'fresh' | 'used', when: string) =>
  figureGoal(holdfastDefaults.name, key, {
    what: `${holdfastDefaults.name}: idle breaker, ${when}`,
    unit: 'B',
    atMost: AT_MOST_BYTES,
  });

export const idle: FigureGroup = {
  kind: 'figures',
  id: 'idle',
  title: `${figure(BREAKERS.full)} idle breakers, each`,
  columns: [
    { key: 'fresh', heading: 'B fresh', decimals: 0 },
    { key: 'used', heading: `B after ${CALLS} calls`, decimals: 0 },
    { key: 'constructionUs', heading: 'us to construct', decimals: 2 },
    { key: 'timers', heading: 'timers set', decimals: 0 },
  ],
  contestants: contenders.map((contender) => ({
    name: contender.name,
    side: contender.side,
    measure: (effort) => measure(contender, effort),
  })),
  goals: [goal('fresh', 'fresh'), goal('used', `after ${CALLS} calls`)],
};
