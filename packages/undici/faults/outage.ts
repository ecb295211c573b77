// An outage with real servers: who trips, what retries send, and what strangers cost. Exit code 1 when a
// claim does not hold.
import { linesOf } from './outage/report.ts';
import { retryStorm } from './outage/retry-storm.ts';
import { strangers } from './outage/strangers.ts';
import { tripAlone } from './outage/trip-alone.ts';

for (const measure of [tripAlone, retryStorm, strangers]) {
  const section = await measure();
  for (const line of linesOf(section)) console.log(line);
  if (section.claims.some(({ ok }) => !ok)) process.exitCode = 1;
}
