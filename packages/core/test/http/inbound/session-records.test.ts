import fc from 'fast-check';
import { expect, it, vi } from 'vitest';
import { SessionRecords } from '../../../src/http/inbound/session-records.ts';
import type { LoadedRecord } from '../../../src/stateless/session/types.ts';
import { memoryStore } from '../../../src/stateless/memory/memory-store.ts';

type Data = Record<string, unknown>;

/** A request: what it has read of the session, and what it has made of that. */
interface Visitor {
  readonly owner: object;
  base: Data;
  mine: Data;
}

/**
 * The same in plain words: a save puts what the request changed (since it read or last saved) on top of what is
 * there; what was removed stays removed.
 */
class Model {
  kept: Data | undefined = undefined;
  removed = false;

  save({ base, mine }: Visitor): void {
    if (this.removed) return;
    const next = { ...this.kept };
    for (const name of new Set([...Object.keys(base), ...Object.keys(mine)])) {
      if (mine[name] === base[name]) continue;
      if (name in mine) next[name] = mine[name];
      else delete next[name];
    }
    this.kept = next;
  }

  remove(): void {
    this.kept = undefined;
    this.removed = true;
  }
}

const NAMES = ['a', 'b', 'c'] as const;

const step = fc.oneof(
  fc.record({ kind: fc.constant('arrive' as const), who: fc.nat(3) }),
  fc.record({
    kind: fc.constant('change' as const),
    who: fc.nat(3),
    name: fc.constantFrom(...NAMES),
    value: fc.nat(3),
  }),
  fc.record({
    kind: fc.constant('drop' as const),
    who: fc.nat(3),
    name: fc.constantFrom(...NAMES),
  }),
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('save' as const), who: fc.nat(3) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('remove' as const), who: fc.nat(3) }) },
);

const plain = (record: LoadedRecord | undefined): Data | undefined => record && { ...record.data };

it('whoever saves puts its changes on top of what is there, and nobody brings back what was removed', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
      const records = new SessionRecords('peer', memoryStore(), { random: () => 0 });
      const model = new Model();
      await records.save({}, 'id', { a: 0 });
      model.kept = { a: 0 };
      const visitors: (Visitor | undefined)[] = [];
      const seen: [found: Data | undefined, expected: Data | undefined][] = [];
      for (const each of steps) {
        const visitor = visitors[each.who];
        if (each.kind === 'arrive') {
          const record = await records.load('id');
          seen.push([plain(record), model.kept && { ...model.kept }]);
          if (record === undefined) continue;
          const owner = {};
          records.remember(owner, 'id', record);
          visitors[each.who] = { owner, base: { ...model.kept }, mine: { ...model.kept } };
        } else if (each.kind === 'remove') {
          await records.remove('id');
          model.remove();
        } else if (visitor === undefined) continue;
        else if (each.kind === 'change') visitor.mine[each.name] = each.value;
        else if (each.kind === 'drop') delete visitor.mine[each.name];
        else {
          await records.save(visitor.owner, 'id', { ...visitor.mine });
          model.save(visitor);
          visitor.base = { ...visitor.mine };
        }
      }
      seen.push([plain(await records.load('id')), model.kept]);
      expect(seen.map(([found]) => found)).toEqual(seen.map(([, expected]) => expected));
    }),
    { numRuns: 200 },
  );
}, 30_000);

it('a save that changes nothing writes nothing, and has the session live on', async () => {
  const store = memoryStore();
  const [write, touch] = [vi.spyOn(store, 'write'), vi.spyOn(store, 'touch')];
  const records = new SessionRecords('peer', store);
  const owner = {};
  await records.save(owner, 'id', { a: 1 }, 1_000);
  await records.save(owner, 'id', { a: 1 }, 1_000);
  expect(touch).not.toHaveBeenCalled(); // all of its life is there
  await records.save(owner, 'id', { a: 1 }, 5_000);
  expect(touch).toHaveBeenCalledTimes(1);
  expect(write).toHaveBeenCalledTimes(1);
  expect((await records.load('id'))?.ttlMs).toBeGreaterThan(4_000);
});

it('a life that was made much shorter is shortened, and one that is nearly right is left', async () => {
  const store = memoryStore();
  const touch = vi.spyOn(store, 'touch');
  const records = new SessionRecords('peer', store);
  const owner = {};
  await records.save(owner, 'id', { a: 1 }, 1_000_000);
  await records.save(owner, 'id', { a: 1 }, 950_000);
  await records.touch('id', records.recordOf(owner, 'id'), 1_050_000);
  expect(touch).not.toHaveBeenCalled();
  await records.save(owner, 'id', { a: 1 }, 60_000);
  expect((await records.load('id'))?.ttlMs).toBeLessThanOrEqual(60_000);
});

it('what an owner knows of one session says nothing of another', async () => {
  const store = memoryStore();
  const records = new SessionRecords('peer', store);
  const owner = {};
  await records.save(owner, 'one', { a: 1 });
  expect(records.recordOf(owner, 'two')).toBeUndefined();
  await records.save(owner, 'two', { a: 1 });
  expect(plain(await records.load('two'))).toEqual({ a: 1 });
  expect(plain(await records.load('one'))).toEqual({ a: 1 });
});

it('a save after one that failed is carried out', async () => {
  const store = memoryStore();
  const records = new SessionRecords('peer', store);
  const owner = {};
  const failed = records.save(owner, 'id', { a: 'x'.repeat(20_000) });
  const saved = records.save(owner, 'id', { a: 1 });
  await expect(failed).rejects.toMatchObject({ code: 'HF_SESSION_TOO_LARGE', policy: 'peer' });
  await saved;
  expect(plain(await records.load('id'))).toEqual({ a: 1 });
});

it('who has read nothing does not bring back what was removed either, as long as its tombstone stands', async () => {
  const store = memoryStore();
  const records = new SessionRecords('peer', store);
  await records.save({}, 'id', { a: 1 });
  await records.remove('id');
  await records.save({}, 'id', { late: true });
  expect(await records.load('id')).toBeUndefined();
  const forgetful = new SessionRecords('peer', store, { name: 'b', tombstoneMs: 0 });
  await forgetful.remove('id');
  await forgetful.save({}, 'id', { a: 2 });
  expect(plain(await forgetful.load('id'))).toEqual({ a: 2 });
});

it('a touch of a lost store fails nothing', async () => {
  const store = memoryStore();
  const records = new SessionRecords('peer', store);
  await store[Symbol.asyncDispose]();
  await expect(records.touch('id', undefined)).resolves.toBeUndefined();
  await expect(records.load('id')).rejects.toMatchObject({ code: 'HF_STORE_UNAVAILABLE' });
});

it('sessions of two kinds, tenants and names do not meet', async () => {
  const store = memoryStore();
  const several = [
    new SessionRecords('peer', store),
    new SessionRecords('other', store),
    new SessionRecords('peer', store, { tenant: 'b' }),
    new SessionRecords('peer', store, { name: 'b' }),
  ];
  for (const [index, records] of several.entries()) await records.save({}, 'id', { index });
  for (const [index, records] of several.entries())
    expect(plain(await records.load('id'))).toEqual({ index });
});

it('lives no longer than it may at all', async () => {
  const records = new SessionRecords('peer', memoryStore(), { idleMs: 50_000, absoluteMs: 60_000 });
  await records.save({}, 'id', { a: 1 });
  const record = await records.load('id');
  await records.touch('id', undefined, 1_000_000);
  expect((await records.load('id'))?.ttlMs).toBeLessThanOrEqual(60_000);
  expect(record?.ttlMs).toBeLessThanOrEqual(50_000);
});
