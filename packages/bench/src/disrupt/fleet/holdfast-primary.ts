// Looks after workers by `supervise`. It is copied to where the packages are as they are published (see staging.ts),
// together with talk.ts, and imports nothing else.
import { supervise, type SuperviseOptions } from '@holdfast/cluster';
import { obey } from './talk.ts';

const options = JSON.parse(process.argv[2] ?? '') as SuperviseOptions;
const supervisor = await supervise(options);

for (const { pid } of supervisor.status().members) process.send?.({ started: pid });
supervisor.on('workerStarted', ({ pid }) => process.send?.({ started: pid }));

const told = (error: unknown): string =>
  error instanceof Error && 'code' in error
    ? `${String(error.code)}: ${error.message}`
    : String(error);

const reload = async (): Promise<unknown> => {
  try {
    await supervisor.reload('bench');
    return { ok: true, detail: '' };
  } catch (error) {
    return { ok: false, detail: told(error) };
  }
};

obey({
  reload,
  state: () => supervisor.status().state,
  workers: () =>
    supervisor
      .status()
      .members.filter(({ slot, state }) => slot !== null && state === 'ready')
      .map(({ pid }) => pid),
});
