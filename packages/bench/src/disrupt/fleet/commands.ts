import { execFile } from 'node:child_process';

const COMMAND_MS = 60_000;

/** What a command printed; `ok` is whether it ended with code 0. */
export interface Ran {
  readonly ok: boolean;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Command {
  readonly binary: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly cwd?: string;
}

/** Runs a command of Node to its end; never rejects. */
export const run = ({ binary, args, env, cwd }: Command): Promise<Ran> => {
  const { promise, resolve } = Promise.withResolvers<Ran>();
  const options = { env, cwd, timeout: COMMAND_MS, maxBuffer: 64 * 1024 * 1024 };
  execFile(binary, ['--no-warnings', ...args], options, (error, stdout, stderr) =>
    resolve({ ok: error === null, stdout, stderr }),
  );
  return promise;
};
