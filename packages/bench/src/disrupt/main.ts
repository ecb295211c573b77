// What clients see while workers are reloaded, told to leave, killed or blocked, with Holdfast and without. Exit code
// 1 where something that Holdfast promises falls short.
import { nodeBinary } from '../../../../scripts/node-versions.ts';
import type { Keeping } from '../faults/processes/keeping.ts';
import { obeyKeeping } from '../faults/processes/obey-keeping.ts';
import { toItsEnd } from '../faults/to-its-end.ts';
import { chosen, commandOf, usage, type Command } from './command-line.ts';
import { scenarios } from './index.ts';
import { fetchPeers } from './peers.ts';
import { jsonReport } from './report/json.ts';
import { isSound, type Outcome } from './report/outcome.ts';
import { headLines, outcomeLines, sumLines } from './report/text.ts';
import type { Scenario, Site } from './scenario.ts';

const binaryOf = (node: string): string =>
  node === process.versions.node ? process.execPath : nodeBinary(node);

const outcomeOf = async (
  { id, title, run }: Scenario,
  node: string,
  site: Site,
): Promise<Outcome> => ({
  id,
  title,
  node,
  tables: [],
  ...(await toItsEnd(id, () => run(site))),
});

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

await obeyKeeping({ commandOf, usage: () => usage(scenarios), run });
