import type { ParseArgsConfig } from 'node:util';
import { OTHER_NODES } from '../../../../scripts/node-versions.ts';
import { named, parsed, UsageError } from '../command-line.ts';
import type { Scenario } from './scenario.ts';

/** Fewer have no p10 and no p90. */
const FEWEST_ROUNDS = 3;
const ROUNDS = 9;

/** Versions of Node that contestants can run on. */
const NODES: readonly string[] = [...OTHER_NODES, '26.10.0'];

/** What the user asked for. */
export interface Command {
  /** A part of a scenario's id; empty for all. */
  readonly only: string;
  readonly nodes: readonly string[];
  readonly rounds: number;
  readonly quick: boolean;
  readonly peers: boolean;
  readonly json: boolean;
}

const OPTIONS = {
  only: { type: 'string', default: '' },
  node: { type: 'string', default: '26' },
  rounds: { type: 'string' },
  quick: { type: 'boolean', default: false },
  peers: { type: 'boolean', default: false },
  json: { type: 'boolean', default: false },
} as const satisfies ParseArgsConfig['options'];

/** How to call the command. */
export const usage = (scenarios: readonly Scenario[]): string =>
  [
    'usage: pnpm disrupt [--only <text>] [--node 22|24|26|all] [--rounds <n>] [--quick] [--peers] [--json]',
    '',
    '  --only <text>  scenarios whose id contains the text:',
    ...scenarios.map(({ id, title }) => `                   ${id}: ${title}`),
    '  --node <n>     the Node that contestants run on (default 26)',
    `  --rounds <n>   of throughput, at least ${FEWEST_ROUNDS} (default ${ROUNDS})`,
    '  --quick        shorter, for a look: about two minutes instead of five',
    '  --peers        also pm2 and Watt, which are installed the first time',
    '  --json         one JSON document on standard output instead of tables',
  ].join('\n');

const nodesOf = (text: string): readonly string[] => {
  if (text === 'all') return NODES;
  const nodes = NODES.filter((node) => node === text || node.startsWith(`${text}.`));
  if (nodes.length > 0) return nodes;
  throw new UsageError(`--node is ${text}: allowed are 22, 24, 26 and all`);
};

const roundsOf = (text: string): number => {
  const rounds = Number(text);
  if (Number.isInteger(rounds) && rounds >= FEWEST_ROUNDS) return rounds;
  throw new UsageError(
    `--rounds is ${text}: allowed is a whole number of at least ${FEWEST_ROUNDS}`,
  );
};

/** Reads the command line; throws a `UsageError` that says what is wrong with it. */
export const commandOf = (args: readonly string[]): Command => {
  const { only, node, rounds, quick, peers, json } = parsed(args, { options: OPTIONS }).values;
  return {
    only: only.toLowerCase(),
    nodes: nodesOf(node),
    rounds: rounds === undefined ? (quick ? FEWEST_ROUNDS : ROUNDS) : roundsOf(rounds),
    quick,
    peers,
    json,
  };
};

/** The scenarios that were asked for. */
export const chosen = (scenarios: readonly Scenario[], only: string): readonly Scenario[] =>
  named(scenarios, only, 'scenario');
