import { environmentOf } from './environment.ts';
import { WORKERS, type Fleet, type FleetParts, type Reloaded } from './fleet.ts';
import { freePort } from './free-port.ts';
import { Primary } from './primary.ts';

/** What a program of this bench looks after workers with. */
export interface ForkedProgram {
  readonly path: string | URL;
  readonly config: unknown;
  readonly env?: NodeJS.ProcessEnv;
}

/** A fleet whose primary is a program of this bench. */
export const startForked = async (
  { path, config, env }: ForkedProgram,
  parts: FleetParts,
): Promise<Fleet> => {
  const { binary, keeping, workers = WORKERS } = parts;
  const port = await freePort();
  const environment = environmentOf(parts, port, env);
  const primary = Primary.start({ path, config, binary, keeping, env: environment });
  try {
    await primary.ready(workers);
  } catch (error) {
    await primary.end();
    throw error;
  }
  return {
    port,
    primary: primary.pid,
    workers: () => primary.workers(),
    reload: async () => (await primary.ask('reload')) as Reloaded,
    state: async () => String(await primary.ask('state')),
    onLine: (listener) => primary.lines.on(listener),
    end: () => primary.end(),
  };
};
