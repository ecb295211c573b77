import type { ParseArgsConfig } from 'node:util';
import { named, parsed } from '../command-line.ts';
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
  const { values } = parsed(args, { options: OPTIONS });
  return { ...values, only: values.only.toLowerCase() };
};

/** The faults that were asked for; those of peers, and in a quick run those like others, only where they are named. */
export const chosen = (
  faults: readonly Fault[],
  { only, peers, quick }: Pick<Command, 'only' | 'peers' | 'quick'>,
): readonly Fault[] => {
  if (only !== '') return named(faults, only, 'fault');
  return faults.filter(
    ({ isPeers = false, isSimilar = false }) => (peers || !isPeers) && !(quick && isSimilar),
  );
};
