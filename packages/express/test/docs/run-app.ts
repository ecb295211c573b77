import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { onTestFinished, vi } from 'vitest';

interface Answer {
  readonly status: number | undefined;
  readonly text: string;
}

/** A program in a process of its own. */
export interface RunningApp {
  get(path: string): Promise<Answer>;
  /** Gives its exit code. */
  end(signal: NodeJS.Signals): Promise<number | null>;
}

const getThrough = (socketPath: string, path: string): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const outgoing = request({ socketPath, path, agent: false }, (response) => {
      void response
        .setEncoding('utf8')
        .toArray()
        .then((parts: string[]) => resolve({ status: response.statusCode, text: parts.join('') }));
    });
    outgoing.on('error', reject).end();
  });

/** Runs a program that listens to `PORT`, here a socket of its own, and waits until it answers. */
export const runApp = async (file: URL): Promise<RunningApp> => {
  const socket = join(tmpdir(), `holdfast-${process.pid}-${Date.now()}.sock`);
  const child = spawn(process.execPath, [fileURLToPath(file)], {
    env: { ...process.env, PORT: socket },
    stdio: 'inherit',
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const exited = once(child, 'exit');
  await vi.waitFor(() => getThrough(socket, '/livez'), { timeout: 10_000, interval: 50 });
  return {
    get: (path) => getThrough(socket, path),
    end: async (signal) => {
      child.kill(signal);
      const [code] = await exited;
      return code as number | null;
    },
  };
};
