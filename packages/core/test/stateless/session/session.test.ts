import { describe, expect, test } from 'vitest';
import { key } from '../../../src/stateless/index.ts';
import { cookieOf, houseOf } from './support/house.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

describe('a session', () => {
  test('without a cookie is new, and costs no call and no cookie while it holds nothing', async () => {
    const { house, store, run } = houseOf();
    const session = await house.open(undefined);
    expect(session).toMatchObject({ state: 'new', user: undefined, pending: false });
    await run(session.save());
    expect(session.cookie()).toBeUndefined();
    expect(store.taken()).toEqual([]);
  });

  test('that holds something has a cookie before it is saved, and is found by it', async () => {
    const { house, store, run, open } = houseOf();
    const session = await house.open(undefined);
    session.data['cart'] = ['tea'];
    expect(session.pending).toBe(true);
    const cookie = cookieOf(session);
    expect(cookieOf(session)).toBe(cookie);
    await run(session.save());
    expect(session).toMatchObject({ state: 'loaded', pending: false });
    expect(store.taken()).toEqual(['write session']);
    const again = await open(`theme=dark; ${cookie}`);
    expect(again).toMatchObject({ state: 'loaded', data: { cart: ['tea'] }, pending: false });
    expect(again.cookie()).toBeUndefined();
    expect(store.taken()).toEqual(['read session']);
  });

  test('is read in one round trip and written in another, and not written unless it was changed', async () => {
    const { store, run, open, started } = houseOf();
    const { cookie } = await started({ n: 1 }, 'ada');
    store.taken();
    const session = await open(cookie);
    expect(store.taken()).toEqual(['read session', 'read session-epoch']);
    await run(session.save());
    expect(store.taken()).toEqual([]);
    session.data['n'] = 2;
    await run(session.save());
    await run(session.save());
    expect(store.taken()).toEqual(['write session']);
  });

  test('reads the session and the age of its user at once', async () => {
    const { store, house, run, started } = houseOf();
    const { cookie } = await started({}, 'ada');
    store.taken();
    const opening = house.open(cookie);
    expect(store.taken()).toHaveLength(2);
    await run(opening);
  });

  test('whose id the store does not know is new and never takes that id', async () => {
    const { clock, open, started, run } = houseOf();
    const { cookie } = await started({ n: 1 });
    await clock.advanceAsync(HOUR);
    const session = await open(cookie);
    expect(session.state).toBe('new');
    expect({ ...session.data }).toEqual({});
    session.data['n'] = 2;
    await run(session.save());
    expect(cookieOf(session)).not.toBe(cookie);
  });

  test('has data without a prototype', async () => {
    const { open, started } = houseOf();
    const { cookie } = await started({ n: 1 });
    expect(Object.getPrototypeOf((await open(cookie)).data)).toBeNull();
    expect(Object.getPrototypeOf((await open()).data)).toBeNull();
  });

  test('that was emptied stays', async () => {
    const { open, started, run } = houseOf();
    const { cookie } = await started({ n: 1 });
    const session = await open(cookie);
    delete session.data['n'];
    await run(session.save());
    const emptied = await open(cookie);
    expect(emptied.state).toBe('loaded');
    expect({ ...emptied.data }).toEqual({});
  });
});

describe('the life of a session', () => {
  test('ends when nobody came for the idle time, and one write prolongs it', async () => {
    const { clock, open, run, started } = houseOf({ idleMs: 10 * MINUTE });
    const { cookie } = await started({ n: 1 });
    await clock.advanceAsync(9 * MINUTE);
    const session = await open(cookie);
    session.data['n'] = 2;
    await run(session.save());
    await clock.advanceAsync(9 * MINUTE);
    expect(await open(cookie)).toMatchObject({ state: 'loaded', data: { n: 2 } });
    await clock.advanceAsync(MINUTE);
    expect(await open(cookie)).toMatchObject({ state: 'new' });
  });

  test('is prolonged by a touch when less than half of the idle time is left, and not before', async () => {
    const { clock, store, open, run, started } = houseOf({ idleMs: 10 * MINUTE });
    const { cookie } = await started({ n: 1 });
    store.taken();
    await clock.advanceAsync(5 * MINUTE);
    const early = await open(cookie);
    expect(early.pending).toBe(false);
    await run(early.save());
    await clock.advanceAsync(1);
    const late = await open(cookie);
    expect(late.pending).toBe(true);
    await run(late.save());
    expect(late.pending).toBe(false);
    await run(late.save());
    expect(store.taken()).toEqual(['read session', 'read session', 'write session']);
    await clock.advanceAsync(9 * MINUTE);
    expect(await open(cookie)).toMatchObject({ state: 'loaded' });
  });

  test('has an absolute end that neither touches nor writes move, and no touch is wasted near it', async () => {
    const { clock, store, open, run, started } = houseOf({
      idleMs: 10 * MINUTE,
      absoluteMs: 30 * MINUTE,
    });
    const { cookie } = await started({ n: 0 });
    for (let n = 1; n < 10; n++) {
      await clock.advanceAsync(3 * MINUTE);
      const session = await open(cookie);
      expect(session.state).toBe('loaded');
      if (n % 2 === 0) session.data['n'] = n;
      await run(session.save());
    }
    await clock.advanceAsync(2.9 * MINUTE);
    store.taken();
    const last = await open(cookie);
    expect(last).toMatchObject({ state: 'loaded', pending: false });
    expect(store.taken()).toEqual(['read session']);
    await clock.advanceAsync(0.1 * MINUTE);
    expect(await open(cookie)).toMatchObject({ state: 'new' });
  });

  test('is not prolonged by a request that knows less than another: what has ended stays as short', async () => {
    for (const step of ['logout', 'rotate'] as const) {
      const { clock, store, open, run, started } = houseOf();
      const { cookie } = await started({ n: 1 }, 'ada');
      await clock.advanceAsync(20 * MINUTE);
      const [late, session] = [await open(cookie), await open(cookie)];
      await run(session[step]());
      await run(late.save());
      const place = key('session', 'default', 'session', cookie.split('.')[1] ?? '');
      const found = await store.read(place, { deadlineMs: 50 });
      expect(found?.ttlMs).toBeLessThanOrEqual(70_000);
      expect(late.cookie()).toBeUndefined();
    }
  });

  test('two that prolong it at once prolong it', async () => {
    const { clock, open, run, started } = houseOf({ idleMs: 10 * MINUTE });
    const { cookie } = await started({ n: 1 });
    await clock.advanceAsync(6 * MINUTE);
    const [one, other] = [await open(cookie), await open(cookie)];
    await run(Promise.all([one.save(), other.save()]));
    other.data['n'] = 2;
    await run(other.save());
    await clock.advanceAsync(9 * MINUTE);
    expect(await open(cookie)).toMatchObject({ state: 'loaded', data: { n: 2 } });
  });

  test('a touch that fails fails nobody', async () => {
    const { clock, store, open, run, started } = houseOf({ idleMs: 10 * MINUTE });
    const { cookie } = await started({ n: 1 });
    await clock.advanceAsync(6 * MINUTE);
    const session = await open(cookie);
    store.lose('unknown');
    await run(session.save());
    expect(session.state).toBe('loaded');
  });
});

describe('an update', () => {
  test('changes the session as it is now, and what was not saved stays as it was', async () => {
    const { open, run, started, store } = houseOf();
    const { cookie } = await started({ n: 1, theme: 'light' });
    const [session, other] = [await open(cookie), await open(cookie)];
    other.data['n'] = 5;
    await run(other.save());
    session.data['theme'] = 'dark';
    store.taken();
    await run(session.update((data) => void (data['n'] = Number(data['n']) + 1)));
    expect(store.taken()).toEqual(['read session', 'write session']);
    expect({ ...session.data }).toEqual({ n: 6, theme: 'dark' });
    expect(await open(cookie)).toMatchObject({ data: { n: 6, theme: 'light' } });
    await run(session.save());
    expect(await open(cookie)).toMatchObject({ data: { n: 6, theme: 'dark' } });
  });

  test('of a new session creates it', async () => {
    const { open, run, store } = houseOf();
    const session = await open();
    await run(session.update((data) => void (data['n'] = 1)));
    expect(store.taken()).toEqual(['write session']);
    expect(await open(cookieOf(session))).toMatchObject({ data: { n: 1 } });
  });

  test('that changes nothing writes nothing', async () => {
    const { open, run, started, store } = houseOf();
    const { cookie } = await started({ n: 1 });
    const session = await open(cookie);
    const fresh = await open();
    store.taken();
    await run(session.update(() => undefined));
    await run(fresh.update(() => undefined));
    expect(store.taken()).toEqual(['read session']);
    expect(fresh.cookie()).toBeUndefined();
  });

  test('that throws writes nothing, and the next step goes on', async () => {
    const { open, run, started } = houseOf();
    const { cookie } = await started({ n: 1 });
    const session = await open(cookie);
    const boom = new Error('boom');
    await expect(
      run(
        session.update((data) => {
          data['n'] = 2;
          throw boom;
        }),
      ),
    ).rejects.toBe(boom);
    await run(session.update((data) => void (data['m'] = 1)));
    expect({ ...(await open(cookie)).data }).toEqual({ n: 1, m: 1 });
  });

  test('may save and update within itself', async () => {
    const { open, run, started } = houseOf();
    const { cookie } = await started({ n: 1 });
    const session = await open(cookie);
    session.data['mine'] = true;
    await run(
      session.update(async (data) => {
        await session.save();
        data['n'] = Number(data['n']) + 1;
      }),
    );
    expect({ ...(await open(cookie)).data }).toEqual({ n: 2, mine: true });
  });

  test('of a session that has ended is dropped and told', async () => {
    const { open, run, started, events } = houseOf();
    const { cookie } = await started({ n: 1 });
    const [session, other] = [await open(cookie), await open(cookie)];
    await run(other.logout());
    await run(session.update((data) => void (data['n'] = 2)));
    expect(session.state).toBe('ended');
    expect(events).toEqual([['gone', { name: 'session', reason: 'ended' }]]);
    await expect(session.update('change' as never)).rejects.toMatchObject({ option: 'change' });
    await expect(session.update(undefined as never)).rejects.toMatchObject({ option: 'change' });
  });
});
