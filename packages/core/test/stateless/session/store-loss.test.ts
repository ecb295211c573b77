import { describe, expect, test } from 'vitest';
import { StoreError, type Session } from '../../../src/stateless/index.ts';
import { seededRandom } from '../../../src/testing/index.ts';
import { cookieOf, houseOf } from './support/house.ts';

const LOST = { code: 'HF_STORE_UNAVAILABLE' };

describe('a store that is lost as a session is opened', () => {
  test('rejects, and a cookie that is none is new all the same', async () => {
    const { store, house, open, started } = houseOf();
    const { cookie } = await started({ n: 1 });
    store.lose();
    await expect(open(cookie)).rejects.toMatchObject(LOST);
    expect((await house.open(undefined)).state).toBe('new');
    expect((await house.open('__Host-session=garbage')).state).toBe('new');
  });

  test('rejects where only the age of the user cannot be read', async () => {
    const { store, open, started } = houseOf();
    const { cookie } = await started({ n: 1 }, 'ada');
    store.fails = ({ key }) => (key.startsWith('session-epoch') ? 'before' : undefined);
    await expect(open(cookie)).rejects.toMatchObject(LOST);
  });

  test('leaves an anonymous session, where asked for: it keeps nothing and touches no cookie', async () => {
    const { store, open, run, started, events } = houseOf({ onStoreLoss: 'anonymous' });
    const { cookie } = await started({ n: 1 }, 'ada');
    store.lose();
    const session = await open(cookie);
    expect(session).toMatchObject({ state: 'anonymous', user: undefined, pending: false });
    expect({ ...session.data }).toEqual({});
    session.data['n'] = 2;
    store.taken();
    await run(session.save());
    await run(session.save());
    await run(session.update((data) => void (data['n'] = 2)));
    expect(store.taken()).toEqual([]);
    const gone = ['gone', { name: 'session', reason: 'store-lost' }];
    expect(events.slice(-2)).toEqual([gone, gone]);
    await expect(run(session.login('bob'))).rejects.toMatchObject(LOST);
    await expect(run(session.rotate())).rejects.toMatchObject(LOST);
    expect(session.cookie()).toBeUndefined();
    store.restore();
    expect(await open(cookie)).toMatchObject({ user: 'ada', data: { n: 1 } });
  });

  test('shows the last copy of this process, where asked for, to read alone and for 30 s', async () => {
    const { clock, store, open, run, started } = houseOf({ onStoreLoss: 'read-cache' });
    const { cookie } = await started({ n: 1 }, 'ada');
    const elsewhere = houseOf({ store, clock });
    const unseen = await elsewhere.started({ n: 2 }, 'bob');
    const before = await open(cookie);
    before.data['n'] = 3;
    await run(before.save());
    store.lose();
    await clock.advanceAsync(30_000);
    const session = await open(cookie);
    expect(session).toMatchObject({ state: 'read-only', user: 'ada', data: { n: 3 } });
    session.data['n'] = 4;
    await run(session.save());
    await expect(run(session.login('eve'))).rejects.toMatchObject(LOST);
    expect(session.cookie()).toBeUndefined();
    await expect(open(unseen.cookie)).rejects.toMatchObject(LOST);
    await clock.advanceAsync(1);
    await expect(open(cookie)).rejects.toMatchObject(LOST);
    store.restore();
    expect(await open(cookie)).toMatchObject({ data: { n: 3 } });
  });

  test('shows no copy of what has ended in this process', async () => {
    const ends = {
      logout: (session: Session) => session.logout(),
      rotate: (session: Session) => session.rotate(),
      login: (session: Session) => session.login('bob'),
    };
    for (const end of Object.values(ends)) {
      const { store, open, run, started } = houseOf({ onStoreLoss: 'read-cache' });
      const { cookie } = await started({ n: 1 }, 'ada');
      await run(end(await open(cookie)));
      store.lose();
      await expect(open(cookie)).rejects.toMatchObject(LOST);
    }
    const { store, house, open, run, started } = houseOf({ onStoreLoss: 'read-cache' });
    const { cookie } = await started({ n: 1 }, 'ada');
    await open(cookie);
    await run(house.revokeAll('ada'));
    store.lose();
    await expect(open(cookie)).rejects.toMatchObject(LOST);
  });

  test('keeps no copy that was read before the log-out and arrives after it', async () => {
    for (let seed = 1; seed <= 50; seed++) {
      const rig = houseOf({ onStoreLoss: 'read-cache' }, seededRandom(seed));
      const { cookie } = await rig.started({ n: 1 }, 'ada');
      const session = await rig.open(cookie);
      const other = await rig.open(cookie);
      other.data['n'] = 2;
      // Time passes with each call.
      rig.store.fails = () => {
        rig.clock.advance(1);
        return undefined;
      };
      const open = async (_: unknown, turns: number): Promise<void> => {
        for (let turn = 0; turn < turns; turn++) await Promise.resolve();
        await rig.house.open(cookie);
      };
      const opens = Array.from({ length: 12 }, open);
      await rig.run(Promise.all([...opens, other.save(), session.logout()]));
      rig.store.lose();
      await expect(rig.open(cookie)).rejects.toMatchObject(LOST);
    }
  });

  test('is told from a signal that aborts', async () => {
    const { house, started } = houseOf({ onStoreLoss: 'anonymous' });
    const { cookie } = await started({ n: 1 });
    const reason = new Error('gone');
    const signal = AbortSignal.abort(reason);
    await expect(house.open(cookie, { signal })).rejects.toBe(reason);
    await expect(house.open(undefined, { signal })).rejects.toBe(reason);
  });

  test('is told from a mistake of the caller', async () => {
    const { house } = houseOf({ onStoreLoss: 'anonymous' });
    await expect(house.open(5 as never)).rejects.toMatchObject({ option: 'cookieHeader' });
  });
});

describe('a store that is lost later', () => {
  test('fails a save, which may be tried again', async () => {
    const { store, open, run, started } = houseOf();
    const { cookie } = await started({ n: 1 });
    for (const when of ['before', 'after'] as const) {
      const session = await open(cookie);
      session.data['n'] = when;
      store.fails = () => when;
      await expect(run(session.save())).rejects.toMatchObject(LOST);
      expect(session).toMatchObject({ state: 'loaded', pending: true });
      store.restore();
      await run(session.save());
      expect(await open(cookie)).toMatchObject({ data: { n: when } });
    }
  });

  test('fails the first save, which may be tried again under the same id', async () => {
    const { store, open, run, events } = houseOf();
    for (const when of ['before', 'after'] as const) {
      const session = await open();
      session.data['n'] = when;
      const cookie = cookieOf(session);
      store.fails = () => when;
      await expect(run(session.save())).rejects.toMatchObject(LOST);
      store.restore();
      await run(session.save());
      expect(cookieOf(session)).toBe(cookie);
      expect(await open(cookie)).toMatchObject({ data: { n: when } });
    }
    expect(events).toEqual([]);
  });

  test('fails a log-in or a rotation, which leaves the session as it was and may be tried again', async () => {
    for (const step of ['login', 'rotate'] as const) {
      for (let failing = 0; failing < 4; failing++) {
        const { store, open, run, started } = houseOf();
        const { cookie } = await started({ n: 1 }, 'ada');
        const session = await open(cookie);
        let calls = 0;
        store.fails = () => (calls++ === failing ? 'after' : undefined);
        const go = (): Promise<void> =>
          step === 'login' ? session.login('bob') : session.rotate();
        const failed = await run(go().then(() => undefined, String));
        expect(failed === undefined || failed.includes('is not available')).toBe(true);
        const before = { state: session.state, user: session.user, cookie: session.cookie() };
        const untouched = { state: 'loaded', user: 'ada', cookie: undefined };
        expect(failed === undefined ? untouched : before).toEqual(untouched);
        if (failed !== undefined) await run(go());
        store.restore();
        const user = step === 'login' ? 'bob' : 'ada';
        expect(session).toMatchObject({ state: 'loaded', user });
        expect(await open(cookieOf(session))).toMatchObject({ user, data: { n: 1 } });
      }
    }
  });

  test('fails a log-out, which holds for this request, clears the cookie and is tried on in the background', async () => {
    const { clock, store, open, run, started } = houseOf();
    const { cookie } = await started({ n: 1 }, 'ada');
    const session = await open(cookie);
    store.taken();
    store.fails = ({ method }) => (method === 'write' ? 'before' : undefined);
    await expect(run(session.logout())).rejects.toMatchObject(LOST);
    expect(session).toMatchObject({ state: 'ended', user: undefined });
    expect(session.cookie()).toContain('Max-Age=0');
    expect(store.taken()).toEqual(['write session']);
    store.restore();
    await clock.advanceAsync(5);
    expect((await open(cookie)).state).toBe('new');
  });

  test('fails the log-out of a session that could not be read, and nobody hears it fail again', async () => {
    const { clock, store, open, run, started } = houseOf({ onStoreLoss: 'anonymous' });
    const { cookie } = await started({ n: 1 }, 'ada');
    store.lose();
    const session = await open(cookie);
    store.taken();
    await expect(run(session.logout())).rejects.toMatchObject(LOST);
    expect(store.taken()).toEqual(['read session']);
    expect(session.cookie()).toContain('Max-Age=0');
    await clock.advanceAsync(100);
    expect(store.taken().length).toBeGreaterThan(2);
    store.restore();
    await clock.advanceAsync(1_000);
    expect((await open(cookie)).state).toBe('new');
  });

  test('fails revokeAll', async () => {
    const { store, house, run } = houseOf();
    store.lose();
    await expect(run(house.revokeAll('ada'))).rejects.toBeInstanceOf(StoreError);
  });
});

describe('a store that fails now and then', () => {
  test('loses no update that was reported done, and makes none twice', async () => {
    let [failed, done] = [0, 0];
    for (let seed = 1; seed <= 100; seed++) {
      const random = seededRandom(seed);
      const { house, store, run, open, started } = houseOf({}, seededRandom(seed + 1_000));
      const { cookie } = await started({ old: true });
      const all = await run(Promise.all(Array.from({ length: 6 }, () => house.open(cookie))));
      store.fails = () => {
        const roll = random();
        if (roll < 0.05) return 'before';
        return roll < 0.1 ? 'after' : undefined;
      };
      const outcomes = await run(
        Promise.allSettled(
          all.map((session, index) =>
            session.update((data) => void (data[`n${index}`] = Number(data[`n${index}`] ?? 0) + 1)),
          ),
        ),
      );
      store.restore();
      const { data } = await open(cookie);
      for (const [index, { status }] of outcomes.entries()) {
        const times = data[`n${index}`] ?? 0;
        const ok = status === 'fulfilled';
        expect(ok ? [1] : [0, 1]).toContain(times);
        if (ok) done++;
        else failed++;
      }
    }
    expect(failed).toBeGreaterThan(50);
    expect(done).toBeGreaterThan(300);
  });
});
