import { obey, type Program } from '../../obey.ts';
import { Keeping } from './keeping.ts';

interface KeepingProgram<Command> extends Omit<Program<Command>, 'run'> {
  readonly run: (command: Command, keeping: Keeping) => Promise<boolean>;
}

/** As `obey`; nothing that was started outlives it, nor this process. */
export const obeyKeeping = async <Command>({
  run,
  ...program
}: KeepingProgram<Command>): Promise<never> => {
  const keeping = new Keeping();
  try {
    await obey({ ...program, run: (command: Command) => run(command, keeping) });
  } finally {
    keeping.end();
  }
  // Whatever was left open by what failed.
  process.exit();
};
