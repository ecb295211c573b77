import type { Prepare } from './prepare.ts';

/** What Node's documentation shows. */
export const prepare: Prepare = (server) => {
  process.once('SIGTERM', () => server.close(() => process.exit(0)));
};
