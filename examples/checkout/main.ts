import { once } from 'node:events';
import { constants } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { claimsOf } from './claims.ts';
import { Crew } from './crew.ts';
import { noEvidence, record } from './evidence.ts';
import { liveView } from './live-view.ts';
import { REPORT_EVERY_MS } from './messages.ts';
import { circuitStory, claimLines, tableOf } from './report.ts';
import { summarise } from './summary.ts';

// A checkout API, bare and with Holdfast, through an incident of its payments service.

const paymentsProgram = new URL('./payments.ts', import.meta.url);
const checkoutProgram = new URL('./checkout.ts', import.meta.url);
const loadProgram = new URL('./load.ts', import.meta.url);

const evidence = noEvidence();
const crew = new Crew((message) => record(evidence, message));

const runScript = async (): Promise<void> => {
  const payments = await crew.start(paymentsProgram);
  const [bare, holdfast] = await Promise.all([
    crew.start(checkoutProgram, payments),
    crew.start(checkoutProgram, payments, '--holdfast'),
  ]);
  await crew.start(loadProgram, bare, holdfast);
  const startsAt = Date.now() + 100;
  crew.begin({ type: 'start', at: startsAt });
  const view = liveView(evidence, startsAt);
  while (!evidence.done) await sleep(REPORT_EVERY_MS);
  await sleep(2 * REPORT_EVERY_MS); // the last word of the others
  view[Symbol.dispose]();
};

/** Prints what was measured; the exit code says whether the claims held. */
const judge = (): number => {
  const summary = summarise(evidence);
  const claims = claimsOf(summary);
  console.log(`\n${tableOf(summary)}\n\n${circuitStory(evidence)}\n\n${claimLines(claims)}`);
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
