// Looks after workers by node:cluster alone, as it is written by hand: another worker for each that ends, and a
// rolling reload by the recipe it is told.
import cluster, { type Worker } from 'node:cluster';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Recipe, RecipeConfig } from './recipes.ts';
import { obey } from './talk.ts';

const { program, workers, recipe, scheduling } = JSON.parse(process.argv[2] ?? '') as RecipeConfig;

/** Who has not left by then is killed, as a recipe has to if it is ever to end. */
const LEAVES_MS = 2_000;
const LISTENS_MS = 3_000;

cluster.schedulingPolicy = scheduling === 'none' ? cluster.SCHED_NONE : cluster.SCHED_RR;
cluster.setupPrimary({ exec: program, execArgv: ['--no-warnings'] });

/** Workers that listen, and are not on their way out. */
const serving = new Set<Worker>();
const leaving = new Set<Worker>();

const fork = (): Worker => {
  const worker = cluster.fork();
  process.send?.({ started: worker.process.pid });
  return worker;
};

cluster.on('listening', (worker) => serving.add(worker));
cluster.on('exit', (worker) => {
  serving.delete(worker);
  if (!leaving.delete(worker)) fork();
});

/** Waits for it as long as pm2 does. */
const started = async (): Promise<void> => {
  const worker = fork();
  await Promise.race([once(worker, 'listening'), once(worker, 'exit'), sleep(LISTENS_MS)]);
};

const gone = async (worker: Worker): Promise<void> => {
  if (worker.isDead()) return;
  const over = new AbortController();
  const exited = once(worker, 'exit');
  const late = sleep(LEAVES_MS, undefined, { signal: over.signal }).then(
    () => worker.process.kill('SIGKILL'),
    () => undefined,
  );
  await exited;
  over.abort();
  await late;
};

const leave = (worker: Worker, how: 'SIGTERM' | 'disconnect'): Promise<void> => {
  leaving.add(worker);
  serving.delete(worker);
  if (how === 'disconnect') worker.disconnect();
  else worker.process.kill('SIGTERM');
  return gone(worker);
};

const replace: Readonly<Record<Recipe, (worker: Worker) => Promise<void>>> = {
  'SIGTERM, then fork': async (worker) => {
    await leave(worker, 'SIGTERM');
    await started();
  },
  'fork, then SIGTERM': async (worker) => {
    await started();
    await leave(worker, 'SIGTERM');
  },
  'disconnect, then fork': async (worker) => {
    await leave(worker, 'disconnect');
    await started();
  },
  'fork, then disconnect': async (worker) => {
    await started();
    await leave(worker, 'disconnect');
  },
  // The handler of SIGTERM is the service's.
  'fork, then server.close()': async (worker) => {
    await started();
    await leave(worker, 'SIGTERM');
  },
};

const reload = async (): Promise<unknown> => {
  for (const worker of [...serving]) await replace[recipe](worker);
  return { ok: true, detail: '' };
};

for (let at = 0; at < workers; at++) fork();
obey({
  reload,
  state: () => '',
  workers: () => [...serving].map(({ process: { pid } }) => pid),
});
