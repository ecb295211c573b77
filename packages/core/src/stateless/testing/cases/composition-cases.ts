import assert from 'node:assert/strict';
import type { Key } from '../../key.ts';
import type { Lease, Store, Versioned } from '../../store.ts';
import {
  bytes,
  eventually,
  freshId,
  freshKey,
  leaseOf,
  pause,
  racers,
  SOON,
  storeCase,
  type StoreCase,
} from '../store-case.ts';
import { write } from './record-cases.ts';

const textOf = (record: Versioned): string => Buffer.from(record.data).toString();

/** A request with an idempotency key, as one process sees it. */
interface Request {
  readonly key: Key;
  readonly payload: string;
  readonly lease: Lease;
  /** Does the work and answers its result. */
  readonly work: () => Promise<string>;
}

/** The first words of a record: what was asked for, and the answer once there is one. */
const running = (payload: string, owner: string): Uint8Array => bytes(`run ${payload} ${owner}`);
const settled = (payload: string, result: string): Uint8Array => bytes(`done ${payload} ${result}`);

/** `write` (create) says who was first, `lease` who works, `write` (cas) whose answer counts. */
const idempotently = async (store: Store, request: Request): Promise<string> => {
  const { key, payload, lease } = request;
  await write(store, key, { data: running(payload, lease.id) });
  const { held } = await store.lease(key, lease, SOON);
  // Read after the lease: nobody else can have ended it since.
  const record = await store.read(key, SOON);
  assert.ok(record !== undefined, 'there is no record');
  const [state, known, result = ''] = textOf(record).split(' ');
  if (held && known === payload && state === 'run') return worked(store, request, record.version);
  if (held) await store.release(key, lease, SOON);
  if (known !== payload) return 'mismatch';
  return state === 'done' ? result : 'busy';
};

/** Takes the record over first, so that whoever worked on it before comes too late. */
const worked = async (store: Store, request: Request, known: number): Promise<string> => {
  const { key, payload, lease, work } = request;
  const over = (version: number, data: Uint8Array): ReturnType<typeof write> =>
    write(store, key, { mode: 'cas', version, data });
  const taken = await over(known, running(payload, lease.id));
  assert.ok(taken.ok, 'another has the lease as well');
  const answer = await work();
  const written = await over(taken.version, settled(payload, answer));
  await store.release(key, lease, SOON);
  return written.ok ? answer : 'late';
};

/** Asks again while another works on it. */
const patiently = (store: Store, request: Request): Promise<string> =>
  eventually(async () => {
    const answer = await idempotently(store, request);
    return answer === 'busy' ? undefined : answer;
  });

const IDEMPOTENCY: readonly StoreCase[] = [
  storeCase(
    'idempotency: forty requests with one key are done once and answered alike',
    async (store) => {
      const key = freshKey();
      let times = 0;
      const answers = await racers(40, () =>
        patiently(store, {
          key,
          payload: 'pay',
          lease: leaseOf(1),
          work: async () => {
            await pause(20);
            return `receipt-${++times}`;
          },
        }),
      );
      assert.equal(times, 1);
      assert.deepEqual(new Set(answers), new Set(['receipt-1']));
    },
  ),

  storeCase('idempotency: the same key with another payload is told so', async (store) => {
    const request = { key: freshKey(), lease: leaseOf(1), work: () => Promise.resolve('paid') };
    assert.equal(await idempotently(store, { ...request, payload: 'one' }), 'paid');
    const other = { ...request, lease: leaseOf(1), payload: 'other' };
    assert.equal(await idempotently(store, other), 'mismatch');
  }),

  storeCase(
    'idempotency: another takes over from one who crashed, whose answer comes too late',
    async (store) => {
      const key = freshKey();
      const begun = Promise.withResolvers<void>();
      const crash = Promise.withResolvers<string>();
      const first = idempotently(store, {
        key,
        payload: 'pay',
        lease: leaseOf(1, 60),
        work: () => {
          begun.resolve();
          return crash.promise;
        },
      });
      // What two ask at once may reach a store in either order.
      await begun.promise;
      const second = {
        key,
        payload: 'pay',
        lease: leaseOf(1),
        work: () => Promise.resolve('second'),
      };
      assert.equal(await patiently(store, second), 'second');
      crash.resolve('first');
      assert.equal(await first, 'late');
      assert.equal(await idempotently(store, second), 'second');
    },
  ),
];

/** The epoch of a user is the version of a record; a session names the one it began in. */
const isValid = async (store: Store, session: Key, user: Key): Promise<boolean> => {
  const [record, epoch] = await Promise.all([store.read(session, SOON), store.read(user, SOON)]);
  return record !== undefined && textOf(record) === `epoch ${epoch?.version ?? 0}`;
};

const login = async (store: Store, user: Key): Promise<Key> => {
  const session = freshKey();
  const epoch = await store.read(user, SOON);
  await write(store, session, { data: bytes(`epoch ${epoch?.version ?? 0}`) });
  return session;
};

const REVOCATION = storeCase(
  'revoke all: one write to the epoch of a user ends all the sessions of the user, and no others',
  async (store) => {
    const [user, other] = [freshKey(), freshKey()];
    const sessions = await racers(5, () => login(store, user));
    const elsewhere = await login(store, other);
    const valid = (): Promise<boolean[]> =>
      Promise.all(sessions.map((session) => isValid(store, session, user)));
    assert.deepEqual(await valid(), Array(5).fill(true));
    await write(store, user, { mode: 'force', data: new Uint8Array() });
    assert.deepEqual(await valid(), Array(5).fill(false));
    assert.equal(await isValid(store, elsewhere, other), true);
    assert.equal(await isValid(store, await login(store, user), user), true);
  },
);

/** Whoever gets the lease does the work; the others are told, or look again after a while. */
const together = async (store: Store, key: Key, work: () => Promise<string>): Promise<string> => {
  const lease = leaseOf(1);
  let hint = Promise.withResolvers<void>();
  const watch = store.watch(key, () => hint.resolve());
  try {
    return await eventually(async () => {
      const leased = await store.lease(key, lease, SOON);
      const record = await store.read(key, SOON);
      if (record === undefined && leased.held) return await lead(store, key, { lease, work });
      if (leased.held) await store.release(key, lease, SOON);
      if (record !== undefined) return textOf(record);
      await Promise.race([hint.promise, pause(50)]);
      hint = Promise.withResolvers<void>();
      return undefined;
    });
  } finally {
    watch[Symbol.dispose]();
  }
};

const lead = async (
  store: Store,
  key: Key,
  { lease, work }: { readonly lease: Lease; readonly work: () => Promise<string> },
): Promise<string> => {
  const answer = await work();
  await write(store, key, { data: bytes(answer), ttlMs: 10_000, announce: true });
  await store.release(key, lease, SOON);
  return answer;
};

const COALESCING = storeCase(
  'coalescing: thirty who ask the same at once have it looked up once',
  async (store) => {
    const key = freshKey();
    let lookups = 0;
    const answer = freshId();
    const answers = await racers(30, () =>
      together(store, key, async () => {
        lookups++;
        await pause(30);
        return answer;
      }),
    );
    assert.equal(lookups, 1);
    assert.deepEqual(new Set(answers), new Set([answer]));
  },
);

/** What others build on a store, built on it: if one of these cannot be, the contract lacks something. */
export const COMPOSITION_CASES: readonly StoreCase[] = [...IDEMPOTENCY, REVOCATION, COALESCING];
