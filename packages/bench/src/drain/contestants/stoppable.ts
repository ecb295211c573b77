import stoppable from 'stoppable';
import { asHttp1, BUDGET_MS, type Prepare } from './prepare.ts';

export const prepare: Prepare = (server) => {
  const stopping = stoppable(asHttp1(server), BUDGET_MS);
  process.once('SIGTERM', () => stopping.stop(() => process.exit(0)));
};
