import { ipcStore } from '@holdfast/cluster/store';
import { key } from '@holdfast/core/stateless';
import { RateLimiterCluster } from 'rate-limiter-flexible';
import { inTurn } from '../store/in-turn.ts';

/** One operation of a worker on what its supervisor keeps. */
type Caller = () => Promise<unknown>;

const KEYS = 1_000;
const MOST = 1e9;
const OPERATION = { deadlineMs: 5_000 };

const users = Array.from({ length: KEYS }, (_, at) => `user-${at}`);
const keys = users.map((user) => key('limit', 'default', 'bench', user));

const take = (): Caller => {
  const store = ipcStore();
  const next = inTurn(keys);
  const units = { unitsPerMs: 1, burst: MOST, want: 1 };
  return () => store.take(next(), units, OPERATION);
};

const hold = (): Caller => {
  const store = ipcStore();
  const next = inTurn(keys);
  const lease = { max: MOST, leaseMs: 30_000, id: 'bench' };
  return async () => {
    const held = next();
    await store.lease(held, lease, OPERATION);
    await store.release(held, lease, OPERATION);
  };
};

const save = (): Caller => {
  const store = ipcStore();
  const next = inTurn(keys);
  const write = { mode: 'force', data: Buffer.alloc(1_024, 1), ttlMs: 60_000 } as const;
  return async () => {
    const record = next();
    await store.read(record, OPERATION);
    await store.write(record, write, OPERATION);
  };
};

const peer = (): Caller => {
  const limiter = new RateLimiterCluster({ keyPrefix: 'bench', points: MOST, duration: 60 });
  const next = inTurn(users);
  return () => limiter.consume(next());
};

/** What a worker can be asked to do, over and over. */
export const CALLERS = { take, hold, save, peer } as const;

export type CallerName = keyof typeof CALLERS;
