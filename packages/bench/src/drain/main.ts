// What clients lose when a server gets SIGTERM, with Holdfast and without. Exit code 1 when a claim about
// Holdfast does not hold.
import { nodeBinary, OTHER_NODES } from '../../../../scripts/node-versions.ts';
import { UsageError } from '../command-line.ts';
import { obey } from '../obey.ts';
import { commandOf, usage, type Command } from './command-line.ts';
import { contestants } from './contestants/index.ts';
import { headLines } from './report/head.ts';
import { scenarioClaims, scenarioLines } from './report/text.ts';
import { runScenario } from './run-scenario.ts';
import { scenarios } from './scenarios.ts';
import { chosen } from './selection.ts';

const NODES = [...OTHER_NODES, '26.10.0'];

const binaryOf = (node: string): string =>
  node === process.versions.node ? process.execPath : nodeBinary(node);

const majorOf = (node: string): string => node.split('.', 1)[0] ?? node;

/** Prints a table for each scenario; tells whether all claims hold. */
const run = async ({ only, node, trials }: Command): Promise<boolean> => {
  const choice = chosen({ scenarios, contestants }, only);
  const nodes = NODES.filter((each) => each.startsWith(node));
  if (nodes.length === 0) throw new UsageError(`--node is ${node}: there are ${NODES.join(', ')}`);
  const effort = { trials, binaries: nodes.map(binaryOf) };
  console.log(headLines(nodes, trials).join('\n'));
  const majors = nodes.map(majorOf);
  let sound = true;
  for (const scenario of choice.scenarios) {
    const rows = await runScenario(scenario, choice.contestants, effort);
    const claims = scenarioClaims(scenario, majors, rows);
    console.log(scenarioLines(scenario, majors, { rows, claims }).join('\n'));
    sound = claims.every(({ ok }) => ok) && sound;
  }
  return sound;
};

await obey({ commandOf, usage: () => usage(scenarios.map(({ id }) => id)), run });
