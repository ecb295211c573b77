import type { Contestant } from './contestants/index.ts';
import { tallyOf, type Tally } from './report/tally.ts';
import type { Row } from './report/text.ts';
import type { Scenario } from './scenarios.ts';
import { ServerChild } from './server/server-child.ts';
import { runTrial, type Trial, type TrialParts } from './trial.ts';

/** How often, and with which binaries of Node. */
export interface Effort {
  readonly trials: number;
  readonly binaries: readonly string[];
}

const runTrials = async (parts: TrialParts, howMany: number): Promise<Tally> => {
  const trials: Trial[] = [];
  while (trials.length < howMany) trials.push(await runTrial(parts));
  return tallyOf(trials);
};

interface Programme {
  readonly scenario: Scenario;
  readonly entrants: readonly Contestant[];
  readonly trials: number;
}

/** The trials of all contestants on one Node, beside one server that stays for all of them. */
const runOn = async (
  binary: string,
  { scenario, entrants, trials }: Programme,
): Promise<ReadonlyMap<string, Tally>> => {
  const { protocol } = scenario;
  const staying = await ServerChild.start({ binary, protocol, contestant: 'no handler' });
  const tallies = new Map<string, Tally>();
  try {
    for (const { name } of entrants)
      tallies.set(name, await runTrials({ scenario, contestant: name, binary, staying }, trials));
  } finally {
    await staying.kill();
  }
  return tallies;
};

/** Rows of contestants that have no part in a scenario are for peers, to say so. */
const isShown = ({ side, takesPart }: Contestant, scenario: Scenario): boolean =>
  side === 'peer' || takesPart(scenario);

/** A row for each contestant, with a tally for each binary. */
export const runScenario = async (
  scenario: Scenario,
  contestants: readonly Contestant[],
  { trials, binaries }: Effort,
): Promise<readonly Row[]> => {
  const entrants = contestants.filter(({ takesPart }) => takesPart(scenario));
  // Trials mostly wait, so one on each Node leaves the processors time enough.
  const perNode = await Promise.all(
    binaries.map((binary) => runOn(binary, { scenario, entrants, trials })),
  );
  return contestants
    .filter((contestant) => isShown(contestant, scenario))
    .map(({ name }) => ({ name, tallies: perNode.map((tallies) => tallies.get(name)) }));
};
