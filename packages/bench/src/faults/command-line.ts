import { parseArgs, type ParseArgsConfig } from 'node:util';
import { UsageError } from '../command-line.ts';
import type { Fault } from './fault.ts';

/** What the user asked for. */
export interface Command {
  /** A part of a fault's id; empty for all. */
  readonly only: string;
  readonly quick: boolean;
  readonly peers: boolean;
  readonly json: boolean;
}

const OPTIONS = {
  only: { type: 'string', default: '' },
  quick: { type: 'boolean', default: false },
  peers: { type: 'boolean', default: false },
  json: { type: 'boolean', default: false },
} as const satisfies ParseArgsConfig['options'];

/** How to call the command. */
export const usage = (faults: readonly Fault[]): string =>
  [
    'usage: pnpm faults [--only <text>] [--quick] [--peers] [--json]',
    '',
    '  --only <text>  faults whose id contains the text:',
    ...faults.map(({ id, title }) => `                   ${id}: ${title}`),
    '  --quick        shorter, for a look: about a minute instead of five',
    '  --peers        also what other stacks do under the same faults',
    '  --json         one JSON document on standard output instead of a table',
  ].join('\n');

/** Reads the command line; throws a `UsageError` that says what is wrong with it. */
export const commandOf = (args: readonly string[]): Command => {
  try {
    const { values } = parseArgs({ args: [...args], options: OPTIONS });
    return { ...values, only: values.only.toLowerCase() };
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
};

/** The faults that were asked for; those of peers, and in a quick run those like others, only where they are named. */
export const chosen = (
  faults: readonly Fault[],
  { only, peers, quick }: Pick<Command, 'only' | 'peers' | 'quick'>,
): readonly Fault[] => {
  const exactly = faults.filter(({ id }) => id === only);
  if (exactly.length > 0) return exactly;
  const named = faults.filter(({ id }) => id.includes(only));
  if (named.length === 0) throw new UsageError(`--only is ${only}: no fault is called so`);
  if (only !== '') return named;
  return named.filter(
    ({ isPeers = false, isSimilar = false }) => (peers || !isPeers) && !(quick && isSimilar),
  );
};
