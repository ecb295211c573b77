import { Keeping } from '../../faults/processes/keeping.ts';
import { startKept } from '../../faults/processes/redis.ts';

let port: Promise<number> | undefined;

const start = async (): Promise<number> => (await startKept(new Keeping())).port;

/** The port of a Redis that is this process's own, and ends with it. */
export const ownRedis = (): Promise<number> => {
  port ??= start();
  return port;
};
