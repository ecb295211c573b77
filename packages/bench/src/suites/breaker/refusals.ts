import { setTimeout as sleep } from 'node:timers/promises';
import { figureGoal, within } from '../../harness/goals.ts';
import { outcomeOf, propertyOf } from '../../harness/outcome.ts';
import type { Contestant, FigureGroup, Figures, RatioGroup } from '../../harness/suite.ts';
import { succeeding, type Call } from '../contender.ts';
import { holdfastAttempt, holdfastExecute, openPeers } from './opened.ts';

const throwing = (): Call => {
  const error = new Error('shared');
  return async () => {
    throw error;
  };
};

export const refusals: RatioGroup = {
  kind: 'ratio',
  id: 'refusals',
  title: 'Open, refusals that are thrown, against an async function that throws a shared error',
  loop: 'caught',
  bare: throwing,
  expects: (outcome) => outcome instanceof Error,
  contestants: [holdfastExecute, ...openPeers],
  goals: within(holdfastExecute.name, { ratio: 1.8 }),
};

export const refusalResults: RatioGroup = {
  kind: 'ratio',
  id: 'refusal-results',
  title: 'Open, refusals that are returned, against an awaited success (no peer has them)',
  loop: 'awaited',
  bare: succeeding,
  expects: (outcome) => outcome === 1 || propertyOf(outcome, 'ok') === false,
  contestants: [holdfastAttempt],
  goals: within(holdfastAttempt.name, { ratio: 4.5 }),
};

const REFUSALS = 20;

const frames = (error: unknown): number =>
  String(propertyOf(error, 'stack'))
    .split('\n')
    .filter((line) => line.startsWith('    at ')).length;

const refusalErrors = async ({ make }: Contestant): Promise<Figures> => {
  const refuse = await make();
  const errors: unknown[] = [];
  for (let i = 0; i < REFUSALS; i++) {
    const outcome = await outcomeOf(refuse);
    // `attempt` returns what `execute` throws.
    errors.push(outcome instanceof Error ? outcome : propertyOf(outcome, 'error'));
    // Long enough for the next refusal to be allowed an earlier return.
    await sleep(2);
  }
  const own = errors.filter((error) => error instanceof Error);
  const times = errors.map((error) => propertyOf(error, 'retryAfterMs')).filter(Number.isFinite);
  return {
    shared: REFUSALS - new Set(own).size,
    untimed: REFUSALS - new Set(times).size,
    frames: Math.max(...errors.map(frames)),
  };
};

const holdfastRows = [holdfastExecute, holdfastAttempt];

export const errorsOfRefusals: FigureGroup = {
  kind: 'figures',
  id: 'refusal-errors',
  title: `Open, the errors of ${REFUSALS} refusals: of those without an Error or a time of their own`,
  columns: [
    { key: 'shared', heading: 'no own Error', decimals: 0 },
    { key: 'untimed', heading: 'no own retryAfterMs', decimals: 0 },
    { key: 'frames', heading: 'stack frames', decimals: 0 },
  ],
  contestants: [...holdfastRows, ...openPeers].map((contestant) => ({
    name: contestant.name,
    side: contestant.side,
    measure: () => refusalErrors(contestant),
  })),
  goals: holdfastRows.flatMap(({ name }) => [
    figureGoal(name, 'shared', {
      what: `${name}: refusals without an Error of their own`,
      unit: '',
      atMost: 0,
    }),
    figureGoal(name, 'untimed', {
      what: `${name}: refusals without a retryAfterMs of their own`,
      unit: '',
      atMost: 0,
    }),
    figureGoal(name, 'frames', { what: `${name}: captured stack frames`, unit: '', atMost: 0 }),
  ]),
};
