import { parseArgs, type ParseArgsConfig } from 'node:util';

/** Fewer rounds are too few for a p10 and a p90. */
const FEWEST_ROUNDS = 20;
const ROUNDS = 21;
const QUICK_ROUNDS = 3;

/** What the user asked for. */
export interface Command {
  readonly suite: string;
  readonly json: boolean;
  readonly quick: boolean;
  readonly rounds: number;
  readonly only: string;
}

/** A command line that cannot be obeyed; its message is for the user. */
export class UsageError extends Error {}

/** Takes arguments apart; throws a `UsageError` for those that are none. */
export const parsed = <const Config extends Omit<ParseArgsConfig, 'args'>>(
  args: readonly string[],
  config: Config,
): ReturnType<typeof parseArgs<Config & { args: string[] }>> => {
  try {
    return parseArgs({ ...config, args: [...args] });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
};

/** The one that is called so, or else those whose id contains the text; throws a `UsageError` where there is none. */
export const named = <Kind extends { readonly id: string }>(
  all: readonly Kind[],
  only: string,
  kind: string,
): readonly Kind[] => {
  const exactly = all.filter(({ id }) => id === only);
  const those = exactly.length > 0 ? exactly : all.filter(({ id }) => id.includes(only));
  if (those.length > 0) return those;
  throw new UsageError(`--only is ${only}: no ${kind} is called so`);
};

const OPTIONS = {
  json: { type: 'boolean', default: false },
  quick: { type: 'boolean', default: false },
  rounds: { type: 'string' },
  only: { type: 'string', default: '' },
} as const satisfies ParseArgsConfig['options'];

/** How to call the bench. */
export const usage = (suites: readonly string[]): string =>
  [
    'usage: pnpm bench <suite> [--only <text>] [--rounds <n>] [--quick] [--json]',
    '',
    `  <suite>        ${suites.join(', ')}`,
    '  --only <text>  groups whose id contains the text, and of the others the rows whose name does',
    `  --rounds <n>   rounds per ratio, at least ${FEWEST_ROUNDS} (default ${ROUNDS})`,
    `  --quick        ${QUICK_ROUNDS} rounds and short measurements: for a look, not for figures`,
    '  --json         one JSON document on standard output instead of tables',
  ].join('\n');

const roundsOf = (text: string): number => {
  const rounds = Number(text);
  if (Number.isInteger(rounds) && rounds >= FEWEST_ROUNDS) return rounds;
  throw new UsageError(
    `--rounds is ${text}: allowed is a whole number of at least ${FEWEST_ROUNDS}; --quick takes fewer`,
  );
};

/** Reads the command line; throws a `UsageError` that says what is wrong with it. */
export const commandOf = (args: readonly string[]): Command => {
  const { values, positionals } = parsed(args, { options: OPTIONS, allowPositionals: true });
  const [suite, ...rest] = positionals;
  if (suite === undefined) throw new UsageError('no suite given');
  if (rest.length > 0) throw new UsageError(`one suite at a time, not also ${rest.join(' ')}`);
  const { json, quick, only } = values;
  const fallback = quick ? QUICK_ROUNDS : ROUNDS;
  const rounds = values.rounds === undefined ? fallback : roundsOf(values.rounds);
  return { suite, json, quick, rounds, only };
};
