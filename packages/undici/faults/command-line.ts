import { parseArgs, type ParseArgsConfig } from 'node:util';

/** What the user asked for. */
export interface Command {
  /** The beginning of a version; empty for all. */
  readonly node: string;
  readonly undici: string;
  /** A part of a fault's name. */
  readonly only: string;
}

/** A command line that cannot be obeyed; its message is for the user. */
export class UsageError extends Error {}

const OPTIONS = {
  node: { type: 'string', default: '' },
  undici: { type: 'string', default: '' },
  only: { type: 'string', default: '' },
} as const satisfies ParseArgsConfig['options'];

/** How to call the command. */
export const USAGE = [
  'usage: pnpm --filter @holdfast/undici faults [--node <version>] [--undici <major>] [--only <text>]',
  '',
  '  --node <version>  the versions of Node that begin so: 22, 24.21 …',
  '  --undici <major>  7 or 8',
  '  --only <text>     the faults whose name contains it',
].join('\n');

/** Reads the command line; throws a `UsageError` that says what is wrong with it. */
export const commandOf = (args: readonly string[]): Command => {
  try {
    return parseArgs({ args: [...args], options: OPTIONS }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
};
