import { withDeadline } from '@holdfast/core/http';
import { resilientAgent } from '@holdfast/undici';
import { Agent, request, type Dispatcher } from 'undici';
import type { FlakyServer } from './flaky-server.ts';
import { sightOf, type Sight } from './sight.ts';

// A page that needs two answers of a server that hangs.

/** How long a bare caller waits before this example gives up on it. */
const PATIENCE_MS = 1_000;
/** How long the reader of the page waits. */
export const DEADLINE_MS = 250;

const ask = async (
  { origin }: FlakyServer,
  dispatcher: Dispatcher,
  signal?: AbortSignal,
): Promise<boolean> => {
  const { statusCode, body } = await request(`${origin}/hangs`, {
    dispatcher,
    signal: signal ?? null,
  });
  await body.dump();
  return statusCode === 200;
};

/** Nobody ends these calls but the example. */
export const barePage = async (server: FlakyServer): Promise<Sight> => {
  const agent = new Agent();
  const signal = AbortSignal.timeout(PATIENCE_MS);
  const sight = await sightOf(server, 2, () => ask(server, agent, signal));
  await agent.destroy();
  return sight;
};

/** Both calls and whatever they call have the time of the page, and the server is told how much. */
export const boundedPage = async (server: FlakyServer): Promise<Sight> => {
  const agent = resilientAgent({
    deadline: { deadlineMs: 30_000, header: 'x-request-timeout-ms' },
  });
  const sight = await withDeadline(DEADLINE_MS, () => sightOf(server, 2, () => ask(server, agent)));
  await agent.destroy();
  return sight;
};
