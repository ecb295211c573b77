import { describe, expect, test } from 'vitest';
import { cookieOf, houseOf, KEYS } from './support/house.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

describe('a log-out', () => {
  test('ends the session, clears the cookie, and a late save is dropped and told', async () => {
    const { open, run, started, events, store } = houseOf();
    const { cookie } = await started({ n: 1 }, 'ada');
    const [session, slow] = [await open(cookie), await open(cookie)];
    store.taken();
    await run(session.logout());
    expect(store.taken()).toEqual(['write session']);
    expect(session).toMatchObject({ state: 'ended', user: undefined, pending: false });
    expect({ ...session.data }).toEqual({});
    expect(session.cookie()).toBe(
      '__Host-session=; Max-Age=0; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT; HttpOnly; Secure; SameSite=Lax',
    );
    slow.data['n'] = 2;
    await run(slow.save());
    expect(slow.state).toBe('ended');
    expect(slow.cookie()).toBeUndefined();
    expect(events.at(-1)).toEqual(['gone', { name: 'session', reason: 'ended' }]);
    expect(await open(cookie)).toMatchObject({ state: 'new', user: undefined });
  });

  test('of a request from before a rotation ends the new id, however late it comes', async () => {
    const { clock, open, run, started } = houseOf();
    const { cookie } = await started({ n: 1 }, 'ada');
    const [slow, session] = [await open(cookie), await open(cookie)];
    await run(session.rotate());
    await clock.advanceAsync(30_000);
    await run(slow.logout());
    expect(await open(cookieOf(session))).toMatchObject({ state: 'new' });
  });

  test('through an old cookie ends the new session, too', async () => {
    const { open, run, started } = houseOf();
    for (const step of ['rotate', 'login'] as const) {
      const { cookie } = await started({ n: 1 }, 'ada');
      const session = await open(cookie);
      await run(step === 'login' ? session.login('ada') : session.rotate());
      const old = await open(cookie);
      await run(old.logout());
      expect(await open(cookieOf(session))).toMatchObject({ state: 'new' });
      expect(await open(cookie)).toMatchObject({ state: 'new' });
    }
  });

  test('of a new session calls no store, and a log-in may follow', async () => {
    const { open, run, store } = houseOf();
    const session = await open();
    session.data['n'] = 1;
    await run(session.logout());
    expect(store.taken()).toEqual([]);
    expect(session.cookie()).toBeUndefined();
    await run(session.login('ada'));
    const after = await open(cookieOf(session));
    expect(after.user).toBe('ada');
    expect({ ...after.data }).toEqual({});
  });

  test('twice is once', async () => {
    const { open, run, started } = houseOf();
    const { cookie } = await started({ n: 1 });
    const session = await open(cookie);
    await run(Promise.all([session.logout(), session.logout()]));
    expect(session.cookie()).toContain('Max-Age=0');
  });
});

describe('revokeAll', () => {
  test('ends every session of a user and no other', async () => {
    const { house, open, run, started } = houseOf();
    const [first, second, other] = [
      await started({ n: 1 }, 'ada'),
      await started({ n: 2 }, 'ada'),
      await started({ n: 3 }, 'bob'),
    ];
    const nobody = await started({ n: 4 });
    const slow = await open(first.cookie);
    await run(house.revokeAll('ada'));
    for (const { cookie } of [first, second]) {
      const session = await open(cookie);
      expect(session).toMatchObject({ state: 'new', user: undefined });
      expect({ ...session.data }).toEqual({});
    }
    expect(await open(other.cookie)).toMatchObject({ user: 'bob' });
    expect(await open(nobody.cookie)).toMatchObject({ state: 'loaded' });
    slow.data['n'] = 5;
    await run(slow.save());
    await run(slow.rotate());
    expect(await open(cookieOf(slow))).toMatchObject({ state: 'new' });
    const again = await started({ n: 1 }, 'ada');
    expect(await open(again.cookie)).toMatchObject({ user: 'ada' });
    await run(house.revokeAll('ada'));
    expect(await open(again.cookie)).toMatchObject({ state: 'new' });
  });

  test('holds for as long as a session could live, and log-ins after it live as long', async () => {
    const { clock, house, open, run, started } = houseOf({ idleMs: HOUR, absoluteMs: HOUR });
    const before = await started({ n: 1 }, 'ada');
    await run(house.revokeAll('ada'));
    for (let minutes = 0; minutes < 6 * 60; minutes += 55) {
      const { cookie } = await started({ n: 1 }, 'ada');
      await clock.advanceAsync(55 * MINUTE);
      expect(await open(cookie)).toMatchObject({ user: 'ada' });
      expect(await open(before.cookie)).toMatchObject({ state: 'new' });
    }
  });

  test('reaches sessions of each key that still verifies', async () => {
    const old = { id: 'k0', secret: 'an old secret that is long enough, too' };
    const shared = houseOf({ keys: [old] });
    const { cookie } = await shared.started({ n: 1 }, 'ada');
    const { store, clock } = shared;
    const next = houseOf({ store, clock, keys: [...KEYS, old] });
    expect(await shared.run(next.house.open(cookie))).toMatchObject({ user: 'ada' });
    await shared.run(next.house.revokeAll('ada'));
    expect(await shared.run(next.house.open(cookie))).toMatchObject({ state: 'new' });
  });

  test('leaves nobody logged in with a key that was taken away, even where a newer one has signed the cookie', async () => {
    const old = { id: 'k0', secret: 'an old secret that is long enough, too' };
    const shared = houseOf({ keys: [old] });
    const { cookie } = await shared.started({ n: 1 }, 'ada');
    const { store, clock, run } = shared;
    const both = houseOf({ store, clock, keys: [...KEYS, old] });
    const session = await both.open(cookie);
    await run(session.rotate());
    expect(await both.open(cookieOf(session))).toMatchObject({ user: 'ada' });
    const retired = houseOf({ store, clock });
    await run(retired.house.revokeAll('ada'));
    expect(await retired.open(cookieOf(session))).toMatchObject({ state: 'new', user: undefined });
  });

  test('rejects a name that is no text', async () => {
    const { house } = houseOf();
    await expect(house.revokeAll('')).rejects.toMatchObject({ option: 'user' });
  });
});
