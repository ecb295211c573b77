import type { ParseArgsConfig } from 'node:util';
import { parsed, UsageError } from '../command-line.ts';

/** Five runs, so that no figure is one lucky draw; always the same, so that tables can be compared. */
const SEEDS: readonly number[] = [1, 2, 3, 4, 5];
const LARGEST_SEED = 4_294_967_295;

/** What the user asked for. */
export interface Command {
  /** The name of a simulation, or nothing for all of them. */
  readonly only: string | undefined;
  readonly seeds: readonly number[];
  readonly json: boolean;
}

const OPTIONS = {
  only: { type: 'string' },
  seed: { type: 'string' },
  json: { type: 'boolean', default: false },
} as const satisfies ParseArgsConfig['options'];

/** How to call the simulations. */
export const usage = (names: readonly string[]): string =>
  [
    'usage: pnpm simulate [--only <name>] [--seed <n>] [--json]',
    '',
    `  --only <name>  ${names.join(', ')}; all of them without it`,
    `  --seed <n>     one run with this seed in the place of the seeds ${SEEDS.join(', ')}`,
    '  --json         one JSON document on standard output instead of tables',
  ].join('\n');

const seedOf = (text: string): number => {
  const seed = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (seed <= LARGEST_SEED) return seed;
  throw new UsageError(`--seed is ${text}: allowed is a whole number from 0 to ${LARGEST_SEED}`);
};

/** Reads the command line; throws a `UsageError` that says what is wrong with it. */
export const commandOf = (args: readonly string[], names: readonly string[]): Command => {
  const { only, seed, json } = parsed(args, { options: OPTIONS }).values;
  if (only !== undefined && !names.includes(only))
    throw new UsageError(`--only is ${only}: allowed is one of ${names.join(', ')}`);
  return { only, seeds: seed === undefined ? SEEDS : [seedOf(seed)], json };
};
