import { parseArgs, type ParseArgsConfig } from 'node:util';
import type { FuzzOptions } from './run.ts';

/** A command line that cannot be obeyed; its message is for the user. */
export class UsageError extends Error {}

const OPTIONS = {
  seed: { type: 'string' },
  inputs: { type: 'string', default: '1000000' },
} as const satisfies ParseArgsConfig['options'];

/** How to call the command. */
export const USAGE = [
  'usage: pnpm fuzz [--seed <n>] [--inputs <n>]',
  '',
  '  --seed <n>    the inputs of an earlier run again (default: others each time)',
  '  --inputs <n>  how many, over all parsers (default 1000000)',
].join('\n');

const parse = (args: readonly string[]) => {
  try {
    return parseArgs({ args: [...args], options: OPTIONS }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
};

const wholeNumber = (option: string, text: string, least: number): number => {
  const value = Number(text);
  if (/^\d{1,9}$/.test(text) && value >= least) return value;
  throw new UsageError(`--${option} is ${text}: allowed is a whole number of up to nine digits`);
};

/** Reads the command line; throws a `UsageError` that says what is wrong with it. */
export const commandOf = (args: readonly string[]): FuzzOptions => {
  const { seed, inputs } = parse(args);
  return {
    seed: wholeNumber('seed', seed ?? `${Math.floor(Math.random() * 1e9)}`, 0),
    inputs: wholeNumber('inputs', inputs, 1),
  };
};
