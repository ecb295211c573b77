import { once } from 'node:events';
import { constants } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { claimsOf } from './claims.ts';
import { Crew } from './crew.ts';
import { whatCustomersSaw } from './disturbances.ts';
import { noEvidence, record } from './evidence.ts';
import { LiveView } from './live-view.ts';
import { REPORT_EVERY_MS } from './messages.ts';
import { circuitStory, claimLines, disturbanceTable, tableOf } from './report.ts';
import { summarise } from './summary.ts';

// A checkout API, bare and with Holdfast, through an incident of its payments service. Then, with Holdfast, through a
// rolling reload, the death of a worker, and an event loop that stands still.

const paymentsProgram = new URL('./payments.ts', import.meta.url);
const checkoutProgram = new URL('./checkout.ts', import.meta.url);
const supervisedProgram = new URL('./supervised-checkout.ts', import.meta.url);
const loadProgram = new URL('./load.ts', import.meta.url);

const evidence = noEvidence();
const view = new LiveView(evidence);
const crew = new Crew(
  (message) => record(evidence, message),
  (text) => view.print(text),
);

const until = async (isSo: () => boolean): Promise<void> => {
  while (!isSo()) await sleep(REPORT_EVERY_MS);
};

const runScript = async (): Promise<void> => {
  const payments = await crew.start(paymentsProgram);
  const [bare, holdfast] = await Promise.all([
    crew.start(checkoutProgram, payments),
    crew.start(supervisedProgram, payments),
  ]);
  await crew.start(loadProgram, bare, holdfast);
  evidence.startsAtMs = Date.now() + 100;
  crew.tell({ type: 'start', atMs: evidence.startsAtMs });
  const shown = view.show();
  await until(() => evidence.undisturbed);
  crew.tell({ type: 'stop' });
  await until(() => evidence.done);
  await sleep(2 * REPORT_EVERY_MS); // the last word of the others
  shown[Symbol.dispose]();
};

/** Prints what was measured; the exit code says whether the claims held. */
const judge = (): number => {
  const summary = summarise(evidence);
  const disturbances = evidence.disturbances.map((each) =>
    whatCustomersSaw(each, evidence.samples),
  );
  const claims = claimsOf(summary, disturbances);
  const parts = [
    tableOf(summary),
    disturbanceTable(disturbances),
    circuitStory(evidence),
    claimLines(claims),
  ];
  console.log(`\n${parts.join('\n\n')}`);
  return claims.every(({ holds }) => holds) ? 0 : 1;
};

const interrupted = async (signal: 'SIGINT' | 'SIGTERM'): Promise<number> => {
  await once(process, signal);
  return 128 + constants.signals[signal];
};

try {
  process.exitCode = await Promise.race([
    runScript().then(judge),
    crew.failure,
    interrupted('SIGINT'),
    interrupted('SIGTERM'),
  ]);
} finally {
  await crew.stop();
}
process.exit();
