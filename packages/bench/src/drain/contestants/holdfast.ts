import { drain } from '@holdfast/core/http';
import { ANNOUNCE_MS, type Prepare } from './prepare.ts';

/** With every default. */
export const prepare: Prepare = (server) => {
  drain(server);
};

/** As behind a balancer, which takes its time to notice. */
export const prepareToAnnounce: Prepare = (server) => {
  drain(server, { announceMs: ANNOUNCE_MS });
};
