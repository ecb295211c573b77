import { createServer } from 'node:http';
import { phaseAt, type Phase } from './incident.ts';
import { REPORT_EVERY_MS, SIDES, type Side } from './messages.ts';
import { serve, started, tell } from './parent.ts';

// The payments service: healthy, then hanging, then failing, then healthy again.

const ANSWER_AFTER_MS = 20;

const none = (): Record<Phase, number> => ({ healthy: 0, hang: 0, errors: 0 });
const calls: Record<Side, Record<Phase, number>> = { bare: none(), holdfast: none() };
let startsAt = Infinity;

const server = createServer((request, response) => {
  const phase = phaseAt(Date.now() - startsAt);
  const caller = SIDES.find((side) => side === request.headers['x-caller']);
  if (caller !== undefined) calls[caller][phase]++;
  request.resume();
  if (phase === 'healthy') setTimeout(() => response.end('charged'), ANSWER_AFTER_MS);
  else if (phase === 'errors') response.writeHead(503).end();
  // In a hang nothing happens: the request is held until the caller leaves.
});

serve(server);
setInterval(() => tell({ type: 'calls', calls }), REPORT_EVERY_MS);
startsAt = await started;
