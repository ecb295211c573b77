import { promisify } from 'node:util';
import closeWithGrace from 'close-with-grace';
import { BUDGET_MS, type Prepare } from './prepare.ts';

/** It leaves the closing to its user; a plain server has `close`. */
export const prepare: Prepare = (server) => {
  const close = promisify((done: (error?: Error) => void) => server.close(done));
  closeWithGrace({ delay: BUDGET_MS, logger: false }, () => close());
};
