import assert from 'node:assert/strict';
import type { Key } from '../../key.ts';
import { isStoreError } from '../../store-error.ts';
import type { Operation, Store } from '../../store.ts';
import { bytes, freshKey, leaseOf, SOON, storeCase, type StoreCase } from '../store-case.ts';

type Act = (store: Store, key: Key, operation: Operation) => Promise<unknown>;

const RATE = { unitsPerMs: 1, burst: 10, want: 1 };
const WINDOW = { quota: 10, windowMs: 1_000, cost: 1 };
const WRITE = { mode: 'create', data: bytes('data'), ttlMs: 10_000 } as const;

const release: Act = (store, key, operation) => store.release(key, leaseOf(1), operation);

/** What tells the caller of its failure; a release may be handed over to the background. */
const TELLING: readonly Act[] = [
  (store, key, operation) => store.take(key, RATE, operation),
  (store, key, operation) => store.count(key, WINDOW, operation),
  (store, key, operation) => store.lease(key, leaseOf(1), operation),
  (store, key, operation) => store.read(key, operation),
  (store, key, operation) => store.write(key, WRITE, operation),
  (store, key, operation) => store.touch(key, 1_000, operation),
  (store, key, operation) => store.remove(key, { tombstoneMs: 10_000 }, operation),
];

const OPERATIONS: readonly Act[] = [...TELLING, release];

/** Wrong on purpose: no type stands against it in JavaScript. */
const wrong = (value: unknown): never => value as never;

const take =
  (numbers: object): Act =>
  (store, key) =>
    store.take(key, { ...RATE, ...numbers }, SOON);
const count =
  (numbers: object): Act =>
  (store, key) =>
    store.count(key, { ...WINDOW, ...numbers }, SOON);
const lease =
  (numbers: object): Act =>
  (store, key) =>
    store.lease(key, { ...leaseOf(1), ...numbers }, SOON);
const written =
  (numbers: object): Act =>
  (store, key) =>
    store.write(key, { ...WRITE, ...numbers }, SOON);
const within = (operation: unknown): readonly Act[] =>
  OPERATIONS.map((act) => (store, key) => act(store, key, wrong(operation)));

const WRONG: Readonly<Record<string, readonly Act[]>> = {
  unitsPerMs: [take({ unitsPerMs: 0 }), take({ unitsPerMs: NaN }), take({ unitsPerMs: '1' })],
  burst: [take({ burst: 0 }), take({ burst: 1.5 }), take({ burst: Infinity })],
  want: [take({ want: 0.5 }), take({ want: NaN }), take({ want: 11 }), take({ want: null })],
  min: [take({ min: 2 }), take({ min: -1 }), take({ want: 3, min: 1.5 }), take({ min: null })],
  quota: [count({ quota: 0 }), count({ quota: 2.5 })],
  windowMs: [count({ windowMs: 0 }), count({ windowMs: -1 }), count({ windowMs: NaN })],
  cost: [count({ cost: 11 }), count({ cost: 1.5 }), count({ cost: undefined })],
  span: [count({ cost: -1 }), count({ cost: -1, span: -1 }), count({ span: 0.5 })],
  max: [lease({ max: 0 }), lease({ max: 1.5 })],
  leaseMs: [
    lease({ leaseMs: 0 }),
    lease({ leaseMs: 10.5 }),
    (store, key) => store.release(key, { ...leaseOf(1), leaseMs: NaN }, SOON),
  ],
  id: [
    lease({ id: '' }),
    lease({ id: 'x'.repeat(65) }),
    lease({ id: 'a b' }),
    lease({ id: 'a\n' }),
    lease({ id: 7 }),
    (store, key) => store.release(key, { leaseMs: 1, id: 'a:b' }, SOON),
  ],
  mode: [written({ mode: 'update' }), written({ mode: undefined })],
  version: [written({ mode: 'cas' }), written({ mode: 'cas', version: 0 })],
  data: [written({ data: 'text' }), written({ data: null }), written({ data: [1] })],
  ttlMs: [
    written({ ttlMs: 0 }),
    written({ ttlMs: Infinity }),
    (store, key) => store.touch(key, -1, SOON),
    (store, key) => store.touch(key, NaN, SOON),
  ],
  absoluteMs: [written({ absoluteMs: 0 }), written({ absoluteMs: NaN })],
  announce: [written({ announce: 'yes' })],
  tombstoneMs: [
    (store, key) => store.remove(key, { tombstoneMs: -1 }, SOON),
    (store, key) => store.remove(key, wrong({}), SOON),
  ],
  deadlineMs: [...within({ deadlineMs: 0 }), ...within({ deadlineMs: NaN }), ...within({})],
  operation: [...within(undefined), ...within(null)],
  signal: within({ deadlineMs: 1_000, signal: {} }),
  key: OPERATIONS.flatMap((act): readonly Act[] => [
    (store) => act(store, wrong(undefined), SOON),
    (store) => act(store, wrong(''), SOON),
  ]),
};

const assertInvalid = async (promise: Promise<unknown>, option: string): Promise<void> => {
  await assert.rejects(promise, (error: Error & { code?: unknown; option?: unknown }) => {
    assert.equal(error.code, 'HF_INVALID_OPTION', error.message);
    assert.equal(error.option, option);
    assert.ok(error instanceof TypeError || error instanceof RangeError);
    return true;
  });
};

const argumentCase = ([option, acts]: [string, readonly Act[]]): StoreCase =>
  storeCase(
    `a wrong "${option}" is a rejection that names it, and nothing is done`,
    async (store) => {
      const key = freshKey();
      for (const act of acts) await assertInvalid(act(store, key, SOON), option);
      assert.equal(await store.read(key, SOON), undefined);
      const { remaining } = await store.take(key, { ...RATE, want: 0 }, SOON);
      assert.equal(remaining, RATE.burst);
    },
  );

export const OPERATION_CASES: readonly StoreCase[] = [
  storeCase('a store says what it is and what may be relied on', async (store) => {
    assert.ok(store.name.length > 0 && store.kind.length > 0);
    assert.ok(['process', 'host', 'shared'].includes(store.scope));
    assert.ok(['no', 'best-effort'].includes(store.guarantees.survivesFailover));
    assert.ok(['local', 'server'].includes(store.guarantees.clock));
    assert.equal(typeof store.guarantees.survivesRestart, 'boolean');
    await store.read(freshKey(), SOON);
    const { state, pending, warnings } = store.health();
    assert.equal(state, 'up');
    assert.ok(Number.isInteger(pending) && pending >= 0);
    assert.ok(warnings.every((warning) => typeof warning === 'string'));
  }),

  storeCase('an operation that was given up before it began does nothing', async (store) => {
    const key = freshKey();
    const reason = new Error('given up');
    const operation = { deadlineMs: 5_000, signal: AbortSignal.abort(reason) };
    for (const act of TELLING) await assert.rejects(act(store, key, operation), reason);
    assert.equal(await store.read(key, SOON), undefined);
    assert.equal((await store.write(key, WRITE, SOON)).ok, true);
    assert.equal((await store.take(key, { ...RATE, want: 0 }, SOON)).remaining, 10);
    assert.equal((await store.lease(key, leaseOf(1), SOON)).held, true);
  }),

  storeCase('an operation ends well with a signal that is never aborted', async (store) => {
    const { signal } = new AbortController();
    for (const act of OPERATIONS) await act(store, freshKey(), { deadlineMs: 5_000, signal });
  }),

  storeCase('after its end a store sends nothing', async (store) => {
    await store[Symbol.asyncDispose]();
    for (const act of TELLING) {
      await assert.rejects(act(store, freshKey(), SOON), (error) => {
        assert.ok(isStoreError(error));
        return error.failure === 'not-sent';
      });
    }
    await store[Symbol.asyncDispose]();
  }),

  ...Object.entries(WRONG).map(argumentCase),
];
