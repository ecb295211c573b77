import { createHttpTerminator } from 'http-terminator';
import { asHttp1, BUDGET_MS, type Prepare } from './prepare.ts';

export const prepare: Prepare = (server) => {
  const terminator = createHttpTerminator({
    server: asHttp1(server),
    gracefulTerminationTimeout: BUDGET_MS,
  });
  process.once('SIGTERM', () => {
    void terminator.terminate().then(() => process.exit(0));
  });
};
