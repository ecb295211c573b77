import cluster from 'node:cluster';
import { setTimeout as sleep } from 'node:timers/promises';
import { supervise } from '@holdfast/cluster';
import { disturb } from './disturb.ts';
import { AFTERMATH_MS, DISTURBANCE_NAMES, type DisturbanceKind } from './disturbances.ts';
import { DISTURBED_FROM_MS } from './incident.ts';
import { REPORT_EVERY_MS, type Message } from './messages.ts';
import { started, tell } from './parent.ts';

// The checkout API in two workers, which are replaced, killed and blocked once the incident is over.

const [paymentsUrl = ''] = process.argv.slice(2);
let url = '';

// Workers tell the supervisor what they would tell main.
cluster.on('message', (_worker, message: Message) => {
  if (message.type === 'ready') url = message.url ?? '';
  else if (message.type === 'circuit' || message.type === 'transition') tell(message);
});

const supervisor = await supervise({
  exec: new URL('./checkout.ts', import.meta.url),
  args: [paymentsUrl, '--holdfast'],
  workers: 2,
  standby: 1,
  watchdog: { blockedAfterMs: 1_000 },
  shutdown: { deadlineMs: 5_000, killAfterMs: 500 },
  output: 'inherit',
});
tell({ type: 'ready', url });

const KINDS: readonly DisturbanceKind[] = ['reload', 'kill', 'block'];

/** The demo fails rather than hangs. */
const OVER_WITHIN_MS = 120_000;

const disturbAll = async (startsAtMs: number): Promise<void> => {
  await sleep(startsAtMs + DISTURBED_FROM_MS - Date.now());
  for (const kind of KINDS) {
    while (supervisor.status().standby === 0) await sleep(REPORT_EVERY_MS);
    console.error(`--- ${DISTURBANCE_NAMES[kind]}`);
    const disturbance = await disturb(kind, { supervisor, url, startsAtMs });
    tell({ type: 'disturbance', disturbance });
    await sleep(AFTERMATH_MS + 1_000);
  }
  tell({ type: 'undisturbed' });
};

setTimeout(() => {
  throw new Error(`the disturbances are not over after ${OVER_WITHIN_MS} ms`);
}, OVER_WITHIN_MS).unref();
try {
  await disturbAll(await started);
} catch (error) {
  // Whoever ends the demo in the middle of a reload wants no more of it.
  if (!supervisor.status().state.startsWith('stop')) throw error;
}
