import { createTerminus } from '@godaddy/terminus';
import { asHttp1, BUDGET_MS, type Prepare } from './prepare.ts';

export const prepare: Prepare = (server) => {
  createTerminus(asHttp1(server), { signals: ['SIGTERM'], timeout: BUDGET_MS, useExit0: true });
};
