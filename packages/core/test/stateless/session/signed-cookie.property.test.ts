import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cookieOf, houseOf, KEYS } from './support/house.ts';

const BASE64URL = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

const encoded = (bytes: number) =>
  fc
    .uint8Array({ minLength: bytes, maxLength: bytes })
    .map((all) => Buffer.from(all).toString('base64url'));

const inOneCookie = async () => {
  const rig = houseOf();
  const { cookie } = await rig.started({ n: 1 }, 'ada');
  rig.store.taken();
  return Object.assign(rig, { cookie, value: cookie.slice(cookie.indexOf('=') + 1) });
};

describe('a cookie that we did not sign', () => {
  test('costs no call of the store, whatever it is', async () => {
    const { house, store } = houseOf();
    const value = fc.oneof(
      fc.string(),
      fc
        .tuple(encoded(18), encoded(8), encoded(32))
        .map(([id, tag, signature]) => `k1.${id}.${tag}.${signature}`),
      fc.tuple(encoded(18), encoded(32)).map(([id, signature]) => `k1.${id}.${signature}`),
    );
    const header = fc.oneof(
      value,
      value.map((it) => `__Host-session=${it}`),
      fc
        .array(value, { maxLength: 5 })
        .map((all) => all.map((it) => `__Host-session=${it}`).join('; ')),
    );
    await fc.assert(
      fc.asyncProperty(header, async (it) => {
        const session = await house.open(it);
        expect(session.state).toBe('new');
        expect(session.cookie()).toBeUndefined();
        expect(store.taken()).toEqual([]);
      }),
      { numRuns: 1_000 },
    );
  });

  test('by a single letter is refused, and so is one that was cut or prolonged', async () => {
    const { house, store, value } = await inOneCookie();
    const wrong = [];
    for (let at = 0; at < value.length; at++) {
      for (const letter of `${BASE64URL}. "%`)
        if (letter !== value[at]) wrong.push(value.slice(0, at) + letter + value.slice(at + 1));
      wrong.push(value.slice(0, at), value.slice(at + 1), value + value.slice(0, at + 1));
    }
    for (const it of wrong) {
      const session = await house.open(`__Host-session=${it}`);
      if (session.state !== 'new') throw new Error(`opened: ${it}`);
    }
    expect(store.taken()).toEqual([]);
  });

  test('but another kind, another tenant or another ring did, is refused', async () => {
    const { value } = await inOneCookie();
    const others = [
      { name: 'admin' },
      { tenant: 'other' },
      { keys: [{ id: 'k1', secret: 'another secret of the same id, long enough' }] },
      { keys: [{ id: 'k2', secret: KEYS[0].secret }] },
    ];
    for (const other of others) {
      const { house, store } = houseOf(other);
      expect(await house.open(`__Host-session=${value}`)).toMatchObject({ state: 'new' });
      expect(store.taken()).toEqual([]);
    }
  });
});

describe('the cookie of a session', () => {
  test('is found behind others of its name that a sibling domain has set, and among any others', async () => {
    const { open, cookie } = await inOneCookie();
    const other = fc.oneof(fc.string(), encoded(20)).map((it) => it.replaceAll(/[;\s]/g, ''));
    const pair = fc.tuple(fc.constantFrom('__Host-session', 'theme', '__proto__'), other);
    await fc.assert(
      fc.asyncProperty(fc.array(pair), fc.array(pair), async (before, after) => {
        const all = [
          ...before.map((it) => it.join('=')),
          cookie,
          ...after.map((it) => it.join('=')),
        ];
        expect(await open(all.join('; '))).toMatchObject({ user: 'ada' });
      }),
    );
  });

  test('is short, and says nothing of the user', async () => {
    const { value } = await inOneCookie();
    expect(value.length).toBeLessThan(128);
    expect(value).not.toContain('ada');
    expect(Buffer.from(value, 'base64url').toString('latin1')).not.toContain('ada');
  });

  test('by any key of the ring is good, and the first one signs', async () => {
    const old = { id: 'k0', secret: 'an old secret that is long enough, too' };
    const before = houseOf({ keys: [old] });
    const { cookie } = await before.started({ n: 1 });
    const { store, clock } = before;
    const after = houseOf({ store, clock, keys: [...KEYS, old] });
    const session = await before.run(after.house.open(cookie));
    expect(session).toMatchObject({ state: 'loaded', data: { n: 1 } });
    await before.run(session.rotate());
    expect(cookieOf(session)).toMatch(/^__Host-session=k1\./);
    const retired = houseOf({ store, clock });
    expect(await before.run(retired.house.open(cookieOf(session)))).toMatchObject({
      data: { n: 1 },
    });
    expect(await retired.house.open(cookie)).toMatchObject({ state: 'new' });
  });
});
