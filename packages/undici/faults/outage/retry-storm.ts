import { retry, standard } from '@holdfast/undici';
import { Agent, interceptors, type Dispatcher } from 'undici';
import { withOrigins, type Origins } from './origins.ts';
import { figure, type Section } from './report.ts';
import { openLoop, send } from './traffic.ts';

const CLIENTS = 5;
const PER_SECOND = 50;
const OUTAGE_MS = 10_000;
const ATTEMPTS = 3;
/** The budget's share, and what its floor of 3 a second adds at this rate. */
const AT_MOST = 1.3;
/** What a new budget begins with: ten seconds of its floor. */
const INITIAL_CREDIT = 30;

interface Way {
  readonly name: string;
  /** Under which path the server counts it. */
  readonly path: string;
  readonly compose: (agent: Agent) => Dispatcher;
}

const BUDGETED: Way = {
  name: 'Holdfast retry, with its budget',
  path: '/budget',
  compose: (agent) => agent.compose(retry({ attempts: ATTEMPTS })),
};

const BARE: Way = { name: 'bare', path: '/bare', compose: (agent) => agent };

const WAYS: readonly Way[] = [
  BARE,
  BUDGETED,
  {
    name: 'Holdfast retry, budget: false',
    path: '/no-budget',
    compose: (agent) => agent.compose(retry({ attempts: ATTEMPTS, budget: false })),
  },
  {
    name: 'undici interceptors.retry',
    path: '/undici',
    // Shorter pauses than its own 500 ms: all attempts are to fall into the outage, as ours do.
    compose: (agent) =>
      agent.compose(interceptors.retry({ maxRetries: ATTEMPTS - 1, minTimeout: 150 })),
  },
  {
    name: 'Holdfast standard(), circuit too',
    path: '/standard',
    compose: (agent) => agent.compose(...standard({ retry: { attempts: ATTEMPTS } })),
  },
];

interface Sent {
  readonly way: Way;
  readonly calls: number;
  readonly reached: number;
}

/** Every client has an agent, budgets and circuits of its own. */
const sendAll = async ({ compose, path }: Way, url: string): Promise<number> => {
  const agents = Array.from({ length: CLIENTS }, () => new Agent());
  const calls = await Promise.all(
    agents.map(compose).map((client) =>
      openLoop(
        PER_SECOND,
        (elapsedMs) => elapsedMs >= OUTAGE_MS,
        () => send(client, `${url}${path}`),
      ),
    ),
  );
  await Promise.all(agents.map((agent) => agent.destroy()));
  return calls.flat().length;
};

const storm = async (origins: Origins): Promise<Sent[]> => {
  const [url = ''] = origins.urls;
  await origins.setFailing(0, true);
  const calls = await Promise.all(WAYS.map((way) => sendAll(way, url)));
  const sent: Sent[] = [];
  for (const [at, way] of WAYS.entries())
    sent.push({
      way,
      calls: calls[at] ?? 0,
      reached: await origins.reached(0, { path: way.path }),
    });
  return sent;
};

const measure = async (origins: Origins): Promise<Section> => {
  const sent = await storm(origins);
  const budgeted = sent.find(({ way }) => way === BUDGETED);
  const { calls = 0, reached = Infinity } = budgeted ?? {};
  const bound = AT_MOST * calls + CLIENTS * INITIAL_CREDIT;
  return {
    title: `${CLIENTS} clients call a failing origin for ${OUTAGE_MS / 1_000} s, ${ATTEMPTS} attempts each`,
    notes: [
      `${PER_SECOND} calls a second each; every client has an agent and budgets of its own, all ways at once.`,
    ],
    headings: ['', 'calls', 'reached the server', 'x calls'],
    rows: sent.map((each) => [
      each.way.name,
      figure(each.calls),
      figure(each.reached),
      figure(each.reached / each.calls, 2),
    ]),
    claims: [
      {
        what: `with the budget at most ${AT_MOST} x the calls and the initial credit of ${INITIAL_CREDIT} a client`,
        measured: `${figure(reached)} of at most ${figure(bound)}`,
        ok: calls > 0 && reached <= bound,
      },
    ],
  };
};

/** Five clients call an origin that fails, for ten seconds. */
export const retryStorm = (): Promise<Section> => withOrigins(1, measure);
