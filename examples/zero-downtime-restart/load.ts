import { Agent, get } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { text } from 'node:stream/consumers';

// Clients of two kinds in a process of their own, until the parent says that it is enough.

/** What all clients of one kind saw. */
export interface Sight {
  requests: number;
  failed: number;
  slowestMs: number;
  /** Why requests failed, and which processes answered the others. */
  readonly errors: string[];
  readonly answeredBy: number[];
}

export interface Sights {
  readonly keepAlive: Sight;
  readonly oneEach: Sight;
}

const CLIENTS = 8;
const PATIENCE_MS = 2_000;
const THINK_MS = 4;

const ask = (port: number, agent: Agent | false): Promise<string> =>
  new Promise((resolve, reject) => {
    const request = get({ host: '127.0.0.1', port, agent }, (response) => {
      if (response.statusCode === 200) resolve(text(response));
      else reject(new Error(`status ${response.statusCode}`));
    });
    request.once('error', reject);
    request.setTimeout(PATIENCE_MS, () => request.destroy(new Error('no answer')));
  });

const note = async (sight: Sight, answer: Promise<string>): Promise<void> => {
  const startedAt = performance.now();
  try {
    const pid = Number(await answer);
    if (!sight.answeredBy.includes(pid)) sight.answeredBy.push(pid);
  } catch (error) {
    sight.failed++;
    sight.errors.push(String(error));
  }
  sight.requests++;
  sight.slowestMs = Math.max(sight.slowestMs, performance.now() - startedAt);
};

const enough = new AbortController();

const run = async (port: number, agentOf: () => Agent | false): Promise<Sight> => {
  const sight: Sight = { requests: 0, failed: 0, slowestMs: 0, errors: [], answeredBy: [] };
  const client = async (agent: Agent | false): Promise<void> => {
    while (!enough.signal.aborted) {
      await note(sight, ask(port, agent));
      await sleep(Math.random() * THINK_MS);
    }
    if (agent !== false) agent.destroy();
  };
  await Promise.all(Array.from({ length: CLIENTS }, () => client(agentOf())));
  return sight;
};

process.once('disconnect', () => process.exit(1));
process.once('message', () => enough.abort());

const port = Number(process.argv[2]);
const [keepAlive, oneEach] = await Promise.all([
  run(port, () => new Agent({ keepAlive: true, maxSockets: 1 })),
  run(port, () => false),
]);
const sights: Sights = { keepAlive, oneEach };
process.send?.(sights, () => process.exit(0));
