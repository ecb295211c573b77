import { key, type Store } from '@holdfast/core/stateless';
import { always, type Finding } from '../finding.ts';
import type { RedisServer } from '../processes/redis.ts';

const HOUR_MS = 3_600_000;
const OPERATION = { deadlineMs: 2_000 };
const [LOCK, RECORD] = [key('lock', 'default', 'full'), key('session', 'default', 'full')];
const LEASE = { max: 1, leaseMs: HOUR_MS };

const isFree = async (store: Store): Promise<boolean> =>
  (await store.lease(LOCK, { ...LEASE, id: 'second' }, OPERATION)).held;

/** What gives memory back is done where there is none. */
export const withoutMemory = async (
  store: Store,
  redis: RedisServer,
): Promise<readonly Finding[]> => {
  await store.lease(LOCK, { ...LEASE, id: 'first' }, OPERATION);
  const write = { mode: 'create', data: Buffer.from('session'), ttlMs: HOUR_MS } as const;
  await store.write(RECORD, write, OPERATION);
  await redis.ask('CONFIG', 'SET', 'maxmemory', '1');
  await store.release(LOCK, { leaseMs: HOUR_MS, id: 'first' }, OPERATION);
  await store.remove(RECORD, { tombstoneMs: 0 }, OPERATION);
  await redis.ask('CONFIG', 'SET', 'maxmemory', '0');
  const isGone = (await store.read(RECORD, OPERATION)) === undefined;
  return [
    always('leases released in a store without memory', (await isFree(store)) ? 1 : 0, 1),
    always('sessions ended in a store without memory', isGone ? 1 : 0, 1),
  ];
};
