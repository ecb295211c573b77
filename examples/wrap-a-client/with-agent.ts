import { resilientAgent } from '@holdfast/undici';
import { Agent, fetch, type Dispatcher } from 'undici';
import type { FlakyServer } from './flaky-server.ts';
import { sightOf, type Sight } from './sight.ts';

// The same `fetch`, through a bare agent and through a resilient one.

const get = async (url: string, dispatcher: Dispatcher): Promise<boolean> => {
  const response = await fetch(url, { dispatcher });
  await response.text();
  return response.ok;
};

const load = async (server: FlakyServer, path: string, dispatcher: Dispatcher): Promise<Sight> => {
  try {
    return await sightOf(server, 30, () => get(server.origin + path, dispatcher));
  } finally {
    await dispatcher.destroy();
  }
};

/** Every third answer of the server is a 503. */
export const bareFlaky = (server: FlakyServer): Promise<Sight> =>
  load(server, '/price', new Agent());

export const resilientFlaky = (server: FlakyServer): Promise<Sight> =>
  load(server, '/price', resilientAgent());

/** Every answer is a 500. */
export const bareOutage = (server: FlakyServer): Promise<Sight> =>
  load(server, '/down', new Agent());

export const resilientOutage = (server: FlakyServer): Promise<Sight> =>
  load(server, '/down', resilientAgent());
