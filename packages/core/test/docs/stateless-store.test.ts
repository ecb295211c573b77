import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { guarded, isStoreError, key, memoryStore, type Store } from '@holdfast/core/stateless';
import { storeContract } from '@holdfast/core/stateless/testing';
import { expect, onTestFinished, test } from 'vitest';

// What docs/stateless/store.md shows.

const operation = { deadlineMs: 50 };

test('a record is written over what was read, and over nothing else', async () => {
  const store = memoryStore();

  const place = key('profile', 'acme', 'user 17');
  await store.write(
    place,
    { mode: 'create', data: Buffer.from('ann'), ttlMs: 3_600_000 },
    { deadlineMs: 50 },
  );

  const read = await store.read(place, { deadlineMs: 50 });
  const written = await store.write(
    place,
    { mode: 'cas', version: read?.version, data: Buffer.from('bob'), ttlMs: 3_600_000 },
    { deadlineMs: 50 },
  );

  expect(written).toEqual({ ok: true, version: 2 });
  const late = { mode: 'cas', version: 1, data: Buffer.from('eve'), ttlMs: 1_000 } as const;
  expect(await store.write(place, late, operation)).toEqual({
    ok: false,
    reason: 'conflict',
    version: 2,
  });
});

test('what is known of a failure says whether the operation may be repeated', async () => {
  const store = memoryStore();
  const place = key('profile', 'acme', 'user 17');
  await store[Symbol.asyncDispose]();
  const log: string[] = [];

  try {
    await store.read(place, { deadlineMs: 50 });
  } catch (error) {
    if (!isStoreError(error)) throw error;
    const known = error.failure === 'unknown' ? 'may have been done' : 'was not done';
    log.push(`${error.message}: it ${known}`);
  }

  expect(log).toEqual(['store "memory" is not available (not-sent): it was not done']);
});

test('a guard tells when its store is lost, and when it is back', async () => {
  const anotherStore = memoryStore({ name: 'sessions' });
  const log: string[] = [];

  const store = guarded(anotherStore, { maxPending: 64 });
  store.on('lost', ({ name }) => log.push(`${name} is lost`));
  store.on('restored', ({ name, lostForMs }) => log.push(`${name} is back after ${lostForMs} ms`));

  const { state, pending, warnings } = store.health();

  expect({ state, pending, warnings }).toEqual({ state: 'up', pending: 0, warnings: [] });
  expect(log).toEqual([]);
  await store[Symbol.asyncDispose]();
});

test('the channel tells of all stores', async () => {
  const messages: unknown[] = [];
  const hear = (message: unknown): void => void messages.push(message);

  subscribe('holdfast:store', hear);

  onTestFinished(() => void unsubscribe('holdfast:store', hear));
  expect(messages).toEqual([]);
});

test('idempotency is a record, a lease and another write', async () => {
  const store = memoryStore();
  const charged: string[] = [];
  const charge = async (order: string): Promise<string> => {
    charged.push(order);
    return `charged ${order}`;
  };

  /** Charges once for each idempotency key, and answers the rest with what came of that. */
  const chargeOnce = async (request: string, order: string): Promise<string> => {
    const place = key('charge', 'default', request);
    const begun = { mode: 'create', data: Buffer.from(''), ttlMs: 86_400_000 } as const;
    await store.write(place, begun, operation);
    const lease = { max: 1, leaseMs: 30_000, id: crypto.randomUUID() };
    const { held } = await store.lease(place, lease, operation);
    if (!held) return 'being charged';
    const record = await store.read(place, operation);
    const before = record === undefined ? '' : Buffer.from(record.data).toString();
    const answer = before === '' ? await charge(order) : before;
    const done = {
      ...begun,
      mode: 'cas',
      version: record?.version,
      data: Buffer.from(answer),
    } as const;
    await store.write(place, done, operation);
    await store.release(place, lease, operation);
    return answer;
  };

  const first = chargeOnce('request 1', 'order 1');
  expect(await chargeOnce('request 1', 'order 1')).toBe('being charged');
  expect(await first).toBe('charged order 1');
  expect(await chargeOnce('request 1', 'order 1')).toBe('charged order 1');
  expect(charged).toEqual(['order 1']);
});

const myStore = (): Store => memoryStore({ name: 'mine' });

const createStore = () => guarded(myStore());

test.each(storeContract())('my store: $title', async ({ run }) => {
  await expect(run(createStore)).resolves.toBeUndefined();
});
