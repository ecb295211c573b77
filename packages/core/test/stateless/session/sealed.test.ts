import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { key, memoryStore, type Key } from '../../../src/stateless/index.ts';
import { keyRingOf } from '../../../src/stateless/session/key-ring.ts';
import { seal, unseal } from '../../../src/stateless/session/seal.ts';
import { houseOf, KEYS } from './support/house.ts';

const OLD = { id: 'old12345', secret: new Uint8Array(32).fill(7) };
const ring = keyRingOf(KEYS, ['default', 'session']);
const op = { deadlineMs: 50 };

describe('a sealed record', () => {
  test('opens at its place, and shows nothing of its text', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 8 }), fc.string(), (text, place) => {
        const whole = `${text} ☂ 😀`;
        const sealed = seal(ring, place, whole);
        expect(unseal(ring, place, sealed)).toBe(whole);
        expect(unseal(ring, `${place}.`, sealed)).toBeUndefined();
        expect(Buffer.from(sealed).includes(whole)).toBe(false);
      }),
    );
  });

  test('opens for no other ring, and not with any bit changed, cut or added', () => {
    const sealed = Buffer.from(seal(ring, 'place', 'a text'));
    // The first byte only says that it is sealed.
    for (let bit = 8; bit < sealed.length * 8; bit++) {
      const changed = Buffer.from(sealed);
      changed.writeUInt8(changed.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
      expect(unseal(ring, 'place', changed)).toBeUndefined();
    }
    for (let end = 0; end < sealed.length; end++)
      expect(unseal(ring, 'place', sealed.subarray(0, end))).toBeUndefined();
    expect(unseal(ring, 'place', Buffer.concat([sealed, sealed]))).toBeUndefined();
    expect(unseal(keyRingOf([OLD], []), 'place', sealed)).toBeUndefined();
    expect(unseal(keyRingOf(KEYS, ['other']), 'place', sealed)).toBeUndefined();
  });

  test('is never the same twice', () => {
    const all = Array.from({ length: 100 }, () =>
      Buffer.from(seal(ring, 'p', 't')).toString('hex'),
    );
    expect(new Set(all).size).toBe(100);
  });

  test('of a key that is not the first opens, too', () => {
    const sealed = seal(keyRingOf([OLD], []), 'place', 'a text');
    expect(unseal(keyRingOf([...KEYS, OLD], []), 'place', sealed)).toBe('a text');
  });
});

describe('sessions with encrypt', () => {
  /** What stands in the store under the id of a cookie. */
  const rigOf = (encrypt: boolean) => {
    const rig = houseOf({ encrypt });
    const keyOf = (cookie: string): Key => key('session', 'default', 'session', idOf(cookie));
    const bytesOf = async (cookie: string): Promise<Buffer> => {
      const found = await rig.store.read(keyOf(cookie), op);
      return Buffer.from(found?.data ?? []);
    };
    return Object.assign(rig, { keyOf, bytesOf });
  };

  test('store nothing that can be read', async () => {
    const { started, open, bytesOf } = rigOf(true);
    const { cookie } = await started({ card: 'the number of a card' }, 'ada lovelace');
    const bytes = await bytesOf(cookie);
    for (const part of ['card', 'ada', 'live', 'user']) expect(bytes.includes(part)).toBe(false);
    expect(await open(cookie)).toMatchObject({ user: 'ada lovelace' });
  });

  test('take no record that was moved from another session, changed, or put there unsealed', async () => {
    const { started, open, store, bytesOf, keyOf } = rigOf(true);
    const [ada, eve] = [await started({ n: 1 }, 'ada'), await started({ n: 2 }, 'eve')];
    const put = (data: Uint8Array) =>
      store.write(keyOf(eve.cookie), { mode: 'force', data, ttlMs: 1_000 }, op);
    await put(await bytesOf(ada.cookie));
    expect(await open(eve.cookie)).toMatchObject({ state: 'new', user: undefined });
    const plain = rigOf(false);
    const other = await plain.started({ n: 3 });
    await put(await plain.bytesOf(other.cookie));
    expect(await open(eve.cookie)).toMatchObject({ state: 'new', user: undefined });
    expect(await open(ada.cookie)).toMatchObject({ user: 'ada' });
  });

  test('can be turned off again without anybody being logged out', async () => {
    const sealed = rigOf(true);
    const { cookie } = await sealed.started({ n: 1 }, 'ada');
    const { store, clock } = sealed;
    const plain = houseOf({ store, clock });
    const session = await plain.house.open(cookie);
    expect(session).toMatchObject({ user: 'ada', data: { n: 1 } });
    session.data['n'] = 2;
    await plain.run(session.save());
    expect((await sealed.bytesOf(cookie)).toString()).toContain('{"n":2}');
  });
});

describe('a record that is none of ours', () => {
  test('is no session, whatever it is', async () => {
    const rig = houseOf();
    const { cookie } = await rig.started({ n: 1 });
    const place = key('session', 'default', 'session', idOf(cookie));
    const meta = fc.record(
      {
        kind: fc.constantFrom('live', 'alias', 'ended', 'other', '__proto__'),
        user: fc.oneof(fc.integer(), fc.constant(null)),
        tag: fc.integer(),
        to: fc.integer(),
        epoch: fc.constantFrom('1', null),
      },
      { requiredKeys: ['kind', 'user', 'to'] },
    );
    const text = fc.oneof(
      fc.string(),
      fc.json(),
      meta.map((it) => `${JSON.stringify(it)}\n{"n":1}`),
      fc.constantFrom(
        '{"kind":"live","epoch":0,"createdAt":1}',
        '\n\n',
        '\u0001',
        '\u0001\u0002k1',
      ),
    );
    await fc.assert(
      fc.asyncProperty(text, async (it) => {
        await rig.store.write(place, { mode: 'force', data: Buffer.from(it), ttlMs: 1_000 }, op);
        expect((await rig.open(cookie)).state).toBe('new');
      }),
    );
  });

  test('that leads to itself ends somewhere', async () => {
    const rig = houseOf();
    const { cookie } = await rig.started({ n: 1 });
    const id = idOf(cookie);
    const place = key('session', 'default', 'session', id);
    const alias = { kind: 'alias', lateMs: 0, to: id, login: false, epoch: 0 };
    const data = Buffer.from(`${JSON.stringify(alias)}\n{}`);
    await rig.store.write(place, { mode: 'force', data, ttlMs: 1_000 }, op);
    rig.store.taken();
    expect((await rig.open(cookie)).state).toBe('new');
    expect(rig.store.taken().length).toBeLessThan(20);
  });
});

test('a memory store is enough for a session', async () => {
  const store = memoryStore();
  const rig = houseOf({ store });
  const session = await rig.house.open(undefined);
  session.data['n'] = 1;
  await session.save();
  expect(session.state).toBe('loaded');
  await store[Symbol.asyncDispose]();
});

const idOf = (cookie: string): string => cookie.split('.')[1] ?? '';
