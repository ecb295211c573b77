import { UsageError } from './command-line.ts';

/** What a command line may ask for. */
export interface Program<Command> {
  /** Throws a `UsageError` for one that cannot be obeyed. */
  readonly commandOf: (args: readonly string[]) => Command;
  readonly usage: () => string;
  /** Tells whether all is as it should be. */
  readonly run: (command: Command) => Promise<boolean>;
}

/** Does what the command line asks for. The exit code is 1 where not all is as it should be, 2 where it cannot be obeyed. */
export const obey = async <Command>({ commandOf, usage, run }: Program<Command>): Promise<void> => {
  try {
    if (!(await run(commandOf(process.argv.slice(2))))) process.exitCode = 1;
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    console.error(`${error.message}\n\n${usage()}`);
    process.exitCode = 2;
  }
};
