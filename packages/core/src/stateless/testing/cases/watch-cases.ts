import assert from 'node:assert/strict';
import type { Key } from '../../key.ts';
import type { Store } from '../../store.ts';
import {
  eventually,
  freshKey,
  leaseOf,
  pause,
  SOON,
  storeCase,
  type StoreCase,
} from '../store-case.ts';
import { write } from './record-cases.ts';

interface Ear extends Disposable {
  hints: number;
}

const listen = (store: Store, key: Key): Ear => {
  const watch = store.watch(key, () => void ear.hints++);
  const ear: Ear = { hints: 0, [Symbol.dispose]: () => watch[Symbol.dispose]() };
  return ear;
};

/** So many hints are surely without an end. */
const MANY = 200;

/** Stops and watches again with each hint. */
const listenAnew = (store: Store, key: Key): Ear => {
  const onHint = (): void => {
    watch[Symbol.dispose]();
    if (++ear.hints < MANY) watch = store.watch(key, onHint);
  };
  let watch = store.watch(key, onHint);
  const ear: Ear = { hints: 0, [Symbol.dispose]: () => watch[Symbol.dispose]() };
  return ear;
};

/**
 * A hint may be lost, as long as a store is not ready to hear: does it until it was heard of, and then waits
 * for hints that are late.
 */
const heard = async (ear: Ear, act: () => Promise<unknown>): Promise<void> => {
  const before = ear.hints;
  await eventually(async () => {
    await act();
    await pause(20);
    return ear.hints > before ? true : undefined;
  });
  await pause(30);
};

const announce = (store: Store, key: Key): Promise<unknown> =>
  write(store, key, { mode: 'force', announce: true });

export const WATCH_CASES: readonly StoreCase[] = [
  storeCase(
    'who watches a key is told of a write that is announced, of no other',
    async (store) => {
      const key = freshKey();
      const ear = listen(store, key);
      await heard(ear, () => announce(store, key));
      const { hints } = ear;
      await write(store, key, { mode: 'force' });
      await write(store, key, { mode: 'create', announce: true });
      await pause(50);
      assert.equal(ear.hints, hints);
    },
  ),

  storeCase('who watches a key is told of its removal', async (store) => {
    const key = freshKey();
    const ear = listen(store, key);
    await heard(ear, () => store.remove(key, { tombstoneMs: 1_000 }, SOON));
  }),

  storeCase('who watches a key is told that a lease was given back', async (store) => {
    const key = freshKey();
    const ear = listen(store, key);
    await heard(ear, async () => {
      const lease = leaseOf(1);
      await store.lease(key, lease, SOON);
      await store.release(key, lease, SOON);
    });
  }),

  storeCase('who watches a key hears nothing of others', async (store) => {
    const [key, other] = [freshKey(), freshKey()];
    const [ear, elsewhere] = [listen(store, key), listen(store, other)];
    await heard(elsewhere, () => announce(store, other));
    // A store may tell who begins to watch to look, for nothing.
    const { hints } = ear;
    await heard(elsewhere, () => announce(store, other));
    assert.equal(ear.hints, hints);
  }),

  storeCase('who has stopped watching is told nothing more, the others are', async (store) => {
    const key = freshKey();
    const [gone, stays] = [listen(store, key), listen(store, key)];
    await heard(stays, () => announce(store, key));
    gone[Symbol.dispose]();
    gone[Symbol.dispose]();
    const { hints } = gone;
    await heard(stays, () => announce(store, key));
    assert.equal(gone.hints, hints);
  }),

  storeCase('who watches again as it is told is told the next time', async (store) => {
    const key = freshKey();
    const [first, second] = [listenAnew(store, key), listenAnew(store, key)];
    await heard(first, () => announce(store, key));
    // A hint may come twice, and the store may tell those who begin to listen.
    assert.ok(first.hints + second.hints < MANY, 'a hint has no end');
    const { hints } = second;
    await heard(second, () => announce(store, key));
    assert.ok(second.hints > hints);
    for (const ear of [first, second]) ear[Symbol.dispose]();
  }),

  storeCase('nobody is told within the operation itself', async (store) => {
    const key = freshKey();
    const ear = listen(store, key);
    await heard(ear, () => announce(store, key));
    const { hints } = ear;
    const removal = store.remove(key, { tombstoneMs: 0 }, SOON);
    assert.equal(ear.hints, hints);
    await removal;
  }),
];
