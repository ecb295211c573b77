import { Agent, request } from 'undici';
import { REPORT_EVERY_MS, SIDES, type Outcome, type Sample, type Side } from './messages.ts';
import { started, stopped, tell } from './parent.ts';

// Open loop: every order is sent when it is due, whatever became of those before it, and its latency
// counts from then. So a slow server cannot slow the customers down and flatter its own figures.

const PER_SECOND = 100;
const GIVE_UP_AFTER_MS = 5_000;
/** Every fifth order must be paid for at once. */
const EXPRESS_EVERY = 5;
/** Every second customer leaves after the order, and the connection with them. */
const LEAVES_EVERY = 2;

const [bareUrl, holdfastUrl] = process.argv.slice(2);
const urls: Record<Side, string> = { bare: `${bareUrl}/orders`, holdfast: `${holdfastUrl}/orders` };

// As many connections as it takes: customers do not share a pool. One that is idle ends before a server that drains
// would end it, so that no order crosses with its end.
const dispatcher = new Agent({ connections: null, keepAliveMaxTimeout: 1_000 });
let finished: Sample[] = [];
let sent = 0; // to both sides

const outcomeOf = (status: number, headers: object): Outcome => {
  if (status === 200) return 'paid';
  if (status === 202) return 'later';
  return status === 503 && 'retry-after' in headers ? 'refused' : 'error';
};

const ask = async (url: string, number: number): Promise<Outcome> => {
  const signal = AbortSignal.timeout(GIVE_UP_AFTER_MS);
  try {
    const { statusCode, headers, body } = await request(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ id: `order-${number}`, express: number % EXPRESS_EVERY === 0 }),
      reset: number % LEAVES_EVERY === 0,
      dispatcher,
      signal,
    });
    await body.dump();
    return outcomeOf(statusCode, headers);
  } catch {
    return signal.aborted ? 'timeout' : 'error';
  }
};

const order = async (side: Side, number: number): Promise<void> => {
  const at = (number * 1_000) / PER_SECOND;
  sent++;
  const outcome = await ask(urls[side], number);
  finished.push({ side, at, latencyMs: elapsedMs() - at, outcome });
};

const report = (): void => {
  tell({ type: 'load', at: elapsedMs(), sent: sent / SIDES.length, samples: finished });
  finished = [];
};

const sendAll = (): Promise<unknown> =>
  new Promise((resolve) => {
    const orders: Promise<void>[] = [];
    let number = 0;
    const timer = setInterval(() => {
      const due = (elapsedMs() * PER_SECOND) / 1_000;
      for (; number < due; number++) for (const side of SIDES) orders.push(order(side, number));
    }, 1);
    void stopped.then(() => {
      clearInterval(timer);
      resolve(Promise.all(orders));
    });
  });

tell({ type: 'ready' });
const beginning = (await started) - Date.now() + performance.now();
const elapsedMs = (): number => performance.now() - beginning;
setInterval(report, REPORT_EVERY_MS);
await sendAll();
report();
tell({ type: 'done' });
