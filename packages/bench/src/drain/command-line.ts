import type { ParseArgsConfig } from 'node:util';
import { parsed } from '../command-line.ts';

const TRIALS = 10;
const QUICK_TRIALS = 2;

/** What the user asked for. */
export interface Command {
  /** A part of a scenario's or a contestant's name; empty for all. */
  readonly only: string;
  /** The beginning of a version of Node; empty for all. */
  readonly node: string;
  readonly trials: number;
}

const OPTIONS = {
  only: { type: 'string', default: '' },
  node: { type: 'string', default: '' },
  quick: { type: 'boolean', default: false },
} as const satisfies ParseArgsConfig['options'];

/** How to call the command. */
export const usage = (scenarios: readonly string[]): string =>
  [
    'usage: pnpm drain [--only <text>] [--node <version>] [--quick]',
    '',
    `  --only <text>     scenarios whose id contains the text (${scenarios.join(', ')}),`,
    '                    or else the contestants whose name does',
    '  --node <version>  the versions of Node that begin so: 22, 24.21 …',
    `  --quick           ${QUICK_TRIALS} trials each instead of ${TRIALS}: for a look`,
  ].join('\n');

/** Reads the command line; throws a `UsageError` that says what is wrong with it. */
export const commandOf = (args: readonly string[]): Command => {
  const { only, node, quick } = parsed(args, { options: OPTIONS }).values;
  return { only: only.toLowerCase(), node, trials: quick ? QUICK_TRIALS : TRIALS };
};
