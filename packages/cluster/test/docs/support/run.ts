import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';

/** A program of `fixtures` in a process of its own. */
export interface RunningProgram {
  readonly child: ChildProcess;
  readonly exitCode: Promise<number | null>;
  /** Resolves with the first line of its output that has these words in it. */
  printed(words: string): Promise<string>;
}

export const run = (
  program: string,
  env: NodeJS.ProcessEnv,
  ...args: readonly string[]
): RunningProgram => {
  const file = fileURLToPath(new URL(`../fixtures/${program}`, import.meta.url));
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', file, ...args], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  return {
    child,
    exitCode: once(child, 'exit').then(([code]) => code as number | null),
    printed: async (words) => {
      for (;;) {
        const line = output.split('\n').find((each) => each.includes(words));
        if (line !== undefined) return line;
        await once(child.stdout, 'data');
      }
    },
  };
};
