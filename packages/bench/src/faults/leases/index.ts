import type { Fault } from '../fault.ts';
import { withRedis } from '../processes/redis.ts';
import { withStore } from '../processes/stores.ts';
import { crashes } from './crash.ts';
import { manyHolders } from './many-holders.ts';
import { withoutMemory } from './without-memory.ts';

const LEASES = { full: 100_000, quick: 5_000 };
const CRASHES = { full: 5, quick: 1 };

/** Holders that do not come back. */
export const leases: Fault = {
  id: 'leases',
  title: 'Leases whose holders crash, and what is given back to a store without memory',
  run: ({ quick, keeping }) =>
    withRedis(keeping, (redis) =>
      withStore(redis.port, async (store) => {
        const { port } = redis;
        const effort = quick ? 'quick' : 'full';
        return [
          ...(await manyHolders(store, LEASES[effort])),
          ...(await crashes({ store, port }, CRASHES[effort], keeping)),
          ...(await withoutMemory(store, redis)),
        ];
      }),
    ),
};
