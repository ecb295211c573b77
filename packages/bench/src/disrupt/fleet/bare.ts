import { environmentOf } from './environment.ts';
import type { Contestant } from './fleet.ts';
import { freePort } from './free-port.ts';
import { startSingle } from './single.ts';

/** The service as one process, with nobody to look after it. */
export const bare = (name: string): Contestant => ({
  name,
  side: 'bare',
  start: async (parts) => {
    const port = await freePort();
    const single = {
      args: [parts.deployment.program],
      env: environmentOf(parts, port),
      port,
      reload: () => Promise.resolve({ ok: false, detail: 'nobody to ask' }),
    };
    return startSingle(single, parts);
  },
});
