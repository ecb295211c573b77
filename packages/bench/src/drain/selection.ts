import { UsageError } from '../command-line.ts';
import type { Contestant } from './contestants/index.ts';
import type { Scenario } from './scenarios.ts';

/** What there is to choose from, or what was chosen. */
export interface Choice {
  readonly scenarios: readonly Scenario[];
  readonly contestants: readonly Contestant[];
}

/** The scenarios whose id contains the text with everybody in them, or all of them for those it names. */
export const chosen = (from: Choice, only: string): Choice => {
  const scenarios = from.scenarios.filter(({ id }) => id.includes(only));
  if (scenarios.length > 0) return { ...from, scenarios };
  const contestants = from.contestants.filter(({ name }) => name.toLowerCase().includes(only));
  if (contestants.length > 0) return { ...from, contestants };
  throw new UsageError(`--only is ${only}: no scenario and no contestant is called so`);
};
