import { basename } from 'node:path';
import type { Supervisor, SupervisorEvents } from '@holdfast/cluster';
import type { Disturbance, DisturbanceKind } from './disturbances.ts';

/** Whose workers are disturbed. */
export interface Disturbed {
  readonly supervisor: Supervisor;
  /** Where they listen. */
  readonly url: string;
  readonly startsAtMs: number;
}

const next = <Name extends keyof SupervisorEvents>(
  supervisor: Supervisor,
  name: Name,
): Promise<SupervisorEvents[Name]> =>
  new Promise((resolve) => {
    const listening = supervisor.on(name, (event) => {
      listening[Symbol.dispose]();
      resolve(event);
    });
  });

/** Resolves once a worker is gone and another one has taken its place. */
const replaced = (supervisor: Supervisor): Promise<unknown> =>
  Promise.all([next(supervisor, 'workerExited'), next(supervisor, 'workerReady')]);

const kill = async ({ supervisor }: Disturbed): Promise<void> => {
  const worker = supervisor.status().members.find(({ state }) => state === 'ready');
  if (worker === undefined) throw new Error('there is no worker');
  const done = replaced(supervisor);
  process.kill(worker.pid, 'SIGKILL');
  await done;
};

/** The innermost line of the stack that stands in a file, without the folder. */
export const culpritOf = (stack = ''): string | undefined => {
  const { what, file } = /at (?<what>\S+) \((?<file>[^<\n]+)\)/.exec(stack)?.groups ?? {};
  return what === undefined || file === undefined ? undefined : `${what} (${basename(file)})`;
};

/** Orders with a coupon that keeps whoever looks at it busy for ever. */
const block = async ({ supervisor, url }: Disturbed): Promise<string | undefined> => {
  const done = replaced(supervisor);
  const blocked = next(supervisor, 'workerBlocked');
  // It fails with its worker.
  fetch(`${url}/orders`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ id: 'endless', express: false, coupon: `${'A'.repeat(40)}!` }),
  }).catch(() => undefined);
  const { stack } = await blocked;
  await done;
  return culpritOf(stack);
};

const effects: Record<DisturbanceKind, (disturbed: Disturbed) => Promise<unknown>> = {
  reload: ({ supervisor }) => supervisor.reload('a new build'),
  kill,
  block,
};

export const disturb = async (
  kind: DisturbanceKind,
  disturbed: Disturbed,
): Promise<Disturbance> => {
  const { supervisor, startsAtMs } = disturbed;
  const { rescued } = supervisor.status();
  const atMs = Date.now();
  const culprit = await effects[kind](disturbed);
  return {
    kind,
    at: atMs - startsAtMs,
    tookMs: Date.now() - atMs,
    rescued: supervisor.status().rescued - rescued,
    culprit: typeof culprit === 'string' ? culprit : undefined,
  };
};
