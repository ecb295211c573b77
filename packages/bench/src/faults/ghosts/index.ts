import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { isStoreError, key, type Key, type Store } from '@holdfast/core/stateless';
import type { Fault, Site } from '../fault.ts';
import { atLeast, never, told, type Finding } from '../finding.ts';
import { withRedis, type RedisServer } from '../processes/redis.ts';
import { openStore, withStore } from '../processes/stores.ts';

const OPERATION = { deadlineMs: 50 };
/** A busy machine is no failure of what only looks. */
const CHECK = { deadlineMs: 5_000 };
/** Fewer would be no proof. */
const FEWEST = 100;
/** Sent at once, before anybody can know that the store is lost. */
const AT_ONCE = 1_000;
const ROUNDS = { full: 10, quick: 2 };
const FROZEN_MS = 400;
const PAUSED_MS = 600;
/** For everything that lies in buffers to be carried out. */
const SETTLE_MS = 300;

const HOUR_MS = 3_600_000;
const UNITS = { unitsPerMs: 1e-6, burst: 10 };
const QUOTA = { quota: 10, windowMs: HOUR_MS };
const ID_BYTES = 18;
const newId = (): string => randomBytes(ID_BYTES).toString('base64url');

/** A decision, and how to see afterwards whether it was made. */
interface Deed {
  readonly act: (store: Store, at: Key) => Promise<unknown>;
  readonly wasDone: (store: Store, at: Key) => Promise<boolean>;
}

const DEEDS: readonly Deed[] = [
  {
    act: (store, at) => store.take(at, { ...UNITS, want: 1 }, OPERATION),
    wasDone: async (store, at) =>
      (await store.take(at, { ...UNITS, want: 0 }, CHECK)).remaining < UNITS.burst,
  },
  {
    act: (store, at) => store.count(at, { ...QUOTA, cost: 1 }, OPERATION),
    wasDone: async (store, at) =>
      (await store.count(at, { ...QUOTA, cost: 0 }, CHECK)).remaining < QUOTA.quota,
  },
  {
    act: (store, at) => store.lease(at, { max: 1, leaseMs: HOUR_MS, id: newId() }, OPERATION),
    wasDone: async (store, at) =>
      !(await store.lease(at, { max: 1, leaseMs: 1, id: newId() }, CHECK)).held,
  },
  {
    act: (store, at) =>
      store.write(at, { mode: 'create', data: Buffer.from('x'), ttlMs: HOUR_MS }, OPERATION),
    wasDone: async (store, at) => (await store.read(at, CHECK)) !== undefined,
  },
];

interface Attempt {
  readonly deed: Deed;
  readonly at: Key;
  failure: string | undefined;
}

const attempt = async (store: Store, index: number): Promise<Attempt> => {
  const deed = DEEDS[index % DEEDS.length];
  if (deed === undefined) throw new RangeError('nothing to do');
  const at = key('ghost', 'default', newId());
  const failure = await deed.act(store, at).then(
    () => undefined,
    (error: unknown) => (isStoreError(error) ? error.failure : 'other'),
  );
  return { deed, at, failure };
};

/** Sends everything while nothing is carried out, and waits until all of it was reported. */
const sendAll = async (store: Store, redis: RedisServer, stop: Stop): Promise<Attempt[]> => {
  // It finds out what the server's clock says.
  await store.read(key('ghost', 'default', 'none'), CHECK);
  await stop.stop(redis);
  const attempts = await Promise.all(
    Array.from({ length: AT_ONCE }, (_, at) => attempt(store, at)),
  );
  await stop.go(redis);
  await sleep(SETTLE_MS);
  return attempts;
};

/** The client stays until all is carried out: what it sent would vanish with its connection. */
const sendInto = async (redis: RedisServer, stop: Stop): Promise<Attempt[]> => {
  // More than a service would have under way, so that there is something to be seen.
  const { store, close } = await openStore(redis.port, { guard: { maxPending: AT_ONCE } });
  try {
    return await sendAll(store, redis, stop);
  } finally {
    await close();
  }
};

interface Stop {
  readonly name: string;
  readonly stop: (redis: RedisServer) => unknown;
  readonly go: (redis: RedisServer) => unknown;
}

const STOPS: readonly Stop[] = [
  {
    name: 'frozen',
    stop: (redis) => redis.freeze(),
    go: async (redis) => {
      await sleep(FROZEN_MS);
      redis.thaw();
    },
  },
  {
    name: 'paused',
    stop: (redis) => redis.ask('CLIENT', 'PAUSE', String(PAUSED_MS), 'ALL'),
    go: () => sleep(PAUSED_MS),
  },
];

const countGhosts = async (redis: RedisServer, failed: readonly Attempt[]): Promise<number> =>
  withStore(redis.port, async (store) => {
    let ghosts = 0;
    for (const { deed, at } of failed) if (await deed.wasDone(store, at)) ghosts++;
    return ghosts;
  });

const observe = async (stop: Stop, { quick, keeping }: Site): Promise<Finding[]> =>
  withRedis(keeping, async (redis) => {
    const failed: Attempt[] = [];
    for (let round = 0; round < (quick ? ROUNDS.quick : ROUNDS.full); round++) {
      const attempts = await sendInto(redis, stop);
      failed.push(...attempts.filter(({ failure }) => failure !== undefined));
    }
    const sent = failed.filter(({ failure }) => failure === 'unknown').length;
    const { name } = stop;
    return [
      atLeast(`${name}: reported failed after they were sent`, sent, FEWEST),
      told(`${name}: reported failed in all`, failed.length),
      never(
        `${name}: of these carried out afterwards`,
        await countGhosts(redis, failed),
        failed.length,
      ),
    ];
  });

/** Commands that were given up, and lie in the buffers of a store that comes back. */
export const ghosts: Fault = {
  id: 'ghosts',
  title: `${AT_ONCE} commands at once into a store that does not answer, which then goes on`,
  run: async (site) => {
    const findings: Finding[] = [];
    for (const stop of STOPS) findings.push(...(await observe(stop, site)));
    return findings;
  },
};
