import { once } from 'node:events';
import { request, type Agent, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import type { RiggedWorker } from './rig.ts';

export interface Answer {
  readonly body: string;
  readonly connection: string | undefined;
}

export const SERVED: Answer = { body: 'served', connection: 'close' };

/** Asks on a connection of its own, unless an agent has one. */
export const ask = async (
  { port }: Pick<RiggedWorker, 'port'>,
  path: string,
  agent: Agent | false = false,
): Promise<Answer> => {
  // Without an agent the client itself would ask for the end of the connection.
  const headers = { connection: 'keep-alive' };
  const asking = request({ port, host: '127.0.0.1', path, agent, headers });
  asking.end();
  const [response] = (await once(asking, 'response')) as [IncomingMessage];
  return { body: await text(response), connection: response.headers.connection };
};

/** Resolves when the request is on its way; it is answered some time after the drain has begun. */
export const askSlowly = async (
  worker: RiggedWorker,
): Promise<{ readonly answer: Promise<Answer> }> => {
  const answer = ask(worker, '/slow');
  answer.catch(() => undefined);
  await worker.prints('slow\n');
  return { answer };
};

export const sleep = (ms: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
