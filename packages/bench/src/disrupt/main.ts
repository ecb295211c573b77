// What clients see while workers are reloaded, told to leave, killed or blocked, with Holdfast and without. Exit code
// 1 where something that Holdfast promises falls short.
import { nodeBinary } from '../../../../scripts/node-versions.ts';
import { UsageError } from '../command-line.ts';
import { always } from '../faults/finding.ts';
import { Keeping } from '../faults/processes/keeping.ts';
import { chosen, commandOf, usage, type Command } from './command-line.ts';
import { scenarios } from './index.ts';
import { fetchPeers } from './peers.ts';
import { jsonReport } from './report/json.ts';
import { isSound, type Outcome } from './report/outcome.ts';
import { headLines, outcomeLines, sumLines } from './report/text.ts';
import type { Scenario, Shown, Site } from './scenario.ts';

const MS_PER_SECOND = 1_000;

const binaryOf = (node: string): string =>
  node === process.versions.node ? process.execPath : nodeBinary(node);

/** What could not be shown falls short, and is no reason to show no more. */
const shownOf = async ({ id, run }: Scenario, site: Site): Promise<Shown> => {
  try {
    return await run(site);
  } catch (error) {
    console.error(`${id}:`, error);
    return { tables: [], findings: [always('shown to its end', 0, 1)] };
  }
};

const outcomeOf = async (scenario: Scenario, node: string, site: Site): Promise<Outcome> => {
  const { id, title } = scenario;
  const begin = performance.now();
  const shown = await shownOf(scenario, site);
  return { id, title, node, seconds: (performance.now() - begin) / MS_PER_SECOND, ...shown };
};

/** Prints a table for each scenario and Node; tells whether everything that was promised holds. */
const run = async (command: Command, keeping: Keeping): Promise<boolean> => {
  const { only, nodes, json } = command;
  const say = (lines: readonly string[]): void => {
    if (!json) console.log(lines.join('\n'));
  };
  const picked = chosen(scenarios, only);
  const { peers, versions } = fetchPeers(command.peers);
  say(headLines(nodes, versions, command.quick));
  const outcomes: Outcome[] = [];
  for (const node of nodes) {
    const site = { ...command, peers, keeping, binary: binaryOf(node) };
    for (const scenario of picked) {
      const outcome = await outcomeOf(scenario, node, site);
      outcomes.push(outcome);
      say(outcomeLines(outcome));
    }
  }
  say(sumLines(outcomes));
  if (json) console.log(jsonReport(command, outcomes));
  return outcomes.every(isSound);
};

const keeping = new Keeping();
try {
  if (!(await run(commandOf(process.argv.slice(2)), keeping))) process.exitCode = 1;
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  console.error(`${error.message}\n\n${usage(scenarios)}`);
  process.exitCode = 2;
} finally {
  keeping.end();
}
// Whatever a scenario that failed has left open.
process.exit();
