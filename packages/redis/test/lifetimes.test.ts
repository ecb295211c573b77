import { key, type Key } from '@holdfast/core/stateless';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Names } from '../src/key-names.ts';
import type { RawStore } from '../src/raw-store.ts';
import { startServer, type RedisServer } from './rig/index.ts';
import { nodeRedis, type Connected } from './support/clients.ts';
import { namesOfTests, rawStore } from './support/stores.ts';
import { describeWithServer } from './support/with-server.ts';

const OPERATION = { deadlineMs: 2_000 };
const DAY_MS = 86_400_000;
const LEASE = { max: 2, leaseMs: 40_000, id: 'me' };
const WRITE = { mode: 'force', data: Buffer.from('x'), ttlMs: 30_000 } as const;

type Kind = Exclude<keyof Names, 'channel'>;

/** What is done to a key, and how long the server keeps what of it. */
const KEPT: readonly [
  title: string,
  act: (store: RawStore, key: Key) => Promise<unknown>,
  kept: Partial<Record<Kind, number>>,
][] = [
  [
    'a rate, until all units are there',
    (store, asked) => store.take(asked, { unitsPerMs: 0.001, burst: 10, want: 4 }, OPERATION),
    { rate: 4_000 + 1_000 },
  ],
  [
    'a rate that takes for ever, for as long as a server can',
    (store, asked) => store.take(asked, { unitsPerMs: 1e-300, burst: 10, want: 4 }, OPERATION),
    { rate: 9e14 },
  ],
  [
    'a window, until it has passed',
    (store, asked) => store.count(asked, { quota: 5, windowMs: 60_000, cost: 1 }, OPERATION),
    { window: 60_000 + 1_000 },
  ],
  [
    'a lease, until it ends, and its fence for a day more',
    (store, asked) => store.lease(asked, LEASE, OPERATION),
    { lease: 40_000 + 1_000, fence: 40_000 + 1_000 + DAY_MS },
  ],
  [
    'leases, until the last ends',
    async (store, asked) => {
      await store.lease(asked, LEASE, OPERATION);
      await store.lease(asked, { ...LEASE, leaseMs: 5_000, id: 'other' }, OPERATION);
    },
    { lease: 40_000 + 1_000, fence: 40_000 + 1_000 + DAY_MS },
  ],
  [
    'the fence, when no lease is left',
    async (store, asked) => {
      await store.lease(asked, LEASE, OPERATION);
      await store.release(asked, LEASE, OPERATION);
    },
    { fence: 40_000 + 1_000 + DAY_MS },
  ],
  [
    'a record, until it ends',
    (store, asked) => store.write(asked, WRITE, OPERATION),
    { record: 30_000 + 1_000 },
  ],
  [
    'a record that was touched, until it ends then, but not beyond its absolute end',
    async (store, asked) => {
      await store.write(asked, { ...WRITE, absoluteMs: 45_000 }, OPERATION);
      await store.touch(asked, 90_000, OPERATION);
    },
    { record: 45_000 + 1_000 },
  ],
  [
    'a tombstone, for as long as it stands',
    async (store, asked) => {
      await store.write(asked, WRITE, OPERATION);
      await store.remove(asked, { tombstoneMs: 20_000 }, OPERATION);
    },
    { record: 20_000 + 1_000 },
  ],
  [
    'nothing of what was only looked at, given back, or removed for good',
    async (store, asked) => {
      await store.take(asked, { unitsPerMs: 1, burst: 10, want: 0 }, OPERATION);
      await store.take(asked, { unitsPerMs: 1, burst: 10, want: -3 }, OPERATION);
      await store.count(asked, { quota: 5, windowMs: 60_000, cost: 0 }, OPERATION);
      await store.count(asked, { quota: 5, windowMs: 60_000, cost: -1, span: 1 }, OPERATION);
      await store.release(asked, LEASE, OPERATION);
      await store.read(asked, OPERATION);
      await store.touch(asked, 1_000, OPERATION);
      await store.write(asked, WRITE, OPERATION);
      await store.remove(asked, { tombstoneMs: 0 }, OPERATION);
    },
    {},
  ],
];

/** So long the answers may have taken. */
const TOOK_MS = 3_000;

describeWithServer('a server keeps', () => {
  let server: RedisServer;
  let client: Connected;
  beforeAll(async () => {
    server = await startServer();
    client = await nodeRedis([server.port]);
  });
  afterAll(async () => {
    client[Symbol.dispose]();
    await server.stop();
  });

  test.each(KEPT)('%s', async (title, act, kept) => {
    const asked = key('lifetimes', 'default', title);
    await act(rawStore(client.driver), asked);
    const names = namesOfTests().of(asked);
    for (const kind of ['rate', 'window', 'lease', 'fence', 'record'] as const) {
      const left = Number(await server.ask('PTTL', names[kind]));
      // -2: not there at all.
      const { [kind]: most = -2 } = kept;
      expect(left).toBeLessThanOrEqual(most);
      expect(left).toBeGreaterThanOrEqual(most < 0 ? most : most - TOOK_MS);
    }
  });
});
