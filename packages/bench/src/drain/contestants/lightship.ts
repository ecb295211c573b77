import { createLightship } from 'lightship';
import { BUDGET_MS, type Prepare } from './prepare.ts';

/** Its default in Kubernetes is 5 s, which this run is too short for. */
const SHUTDOWN_DELAY_MS = 1_000;

/** As its page has it for Express. */
export const prepare: Prepare = async (server) => {
  const lightship = await createLightship({
    detectKubernetes: false,
    port: 0,
    shutdownDelay: SHUTDOWN_DELAY_MS,
    gracefulShutdownTimeout: BUDGET_MS,
    shutdownHandlerTimeout: BUDGET_MS,
    signals: ['SIGTERM'],
  });
  lightship.registerShutdownHandler(() => {
    server.close();
  });
  lightship.signalReady();
};
