import { spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { askOnce } from '../load/ask-once.ts';
import type { Fleet, FleetParts, Reloaded } from './fleet.ts';
import { Lines } from './lines.ts';
import { killAll } from './processes.ts';

const START_MS = 30_000;
const LOOK_EVERY_MS = 20;

/** One process that serves, and how it is told to reload. */
export interface Single {
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly port: number;
  readonly reload: (pid: number) => Promise<Reloaded>;
}

const answers = async (port: number): Promise<boolean> => {
  const end = performance.now() + START_MS;
  while (performance.now() < end) {
    if ((await askOnce(port, '/now')) !== undefined) return true;
    await sleep(LOOK_EVERY_MS);
  }
  return false;
};

/** A fleet that is one process. */
export const startSingle = async (
  { args, env, port, reload }: Single,
  { binary, deployment, keeping }: FleetParts,
): Promise<Fleet> => {
  const child = spawn(binary, ['--no-warnings', ...args], {
    cwd: deployment.folder,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const { pid } = child;
  if (pid === undefined) throw new Error(`${args.join(' ')} did not start`);
  keeping.add({ pid });
  const lines = new Lines(child.stdout, child.stderr);
  const end = async (): Promise<void> => {
    await killAll([pid]);
    keeping.remove({ pid });
  };
  if (!(await answers(port))) {
    await end();
    throw new Error(`${args.join(' ')} did not serve:\n${lines.tail}`);
  }
  return {
    port,
    primary: undefined,
    workers: () => Promise.resolve([pid]),
    reload: () => reload(pid),
    state: () => Promise.resolve(''),
    onLine: (listener) => lines.on(listener),
    end,
  };
};
