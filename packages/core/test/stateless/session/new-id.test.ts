import { describe, expect, test } from 'vitest';
import type { VirtualClock } from '../../../src/testing/index.ts';
import { cookieOf, houseOf } from './support/house.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

describe('a log-in', () => {
  test('keeps what the session held, under a new id', async () => {
    const { open, run, started, events, store } = houseOf();
    const { cookie } = await started({ cart: ['tea'] });
    const session = await open(cookie);
    session.data['theme'] = 'dark';
    store.taken();
    await run(session.login('ada'));
    expect(session).toMatchObject({ state: 'loaded', user: 'ada', pending: false });
    expect(store.taken()).toEqual([
      'read session-epoch',
      'touch session-epoch',
      'write session',
      'write session',
    ]);
    const after = cookieOf(session);
    expect(after.split('.')[1]).not.toBe(cookie.split('.')[1]);
    const data = { cart: ['tea'], theme: 'dark' };
    expect(await open(after)).toMatchObject({ state: 'loaded', user: 'ada', data });
    expect(events).toEqual([['rotated', { name: 'session' }]]);
  });

  test('shows whoever has the old cookie what was there before it, and that only for a while', async () => {
    const { clock, open, run, started, events } = houseOf();
    const { cookie } = await started({ cart: ['tea'] });
    const victim = await open(cookie);
    await run(victim.login('ada'));
    victim.data['card'] = '4711';
    await run(victim.save());
    const planted = await open(cookie);
    expect(planted).toMatchObject({ state: 'read-only', user: undefined, pending: false });
    expect({ ...planted.data }).toEqual({ cart: ['tea'] });
    planted.data['cart'] = ['poison'];
    await run(planted.save());
    await run(planted.update((data) => void (data['cart'] = ['poison'])));
    await run(planted.rotate());
    expect(planted.cookie()).toBeUndefined();
    expect(await open(cookieOf(victim))).toMatchObject({ data: { cart: ['tea'], card: '4711' } });
    expect(events.filter(([name]) => name === 'gone')).toEqual([
      ['gone', { name: 'session', reason: 'read-only' }],
      ['gone', { name: 'session', reason: 'read-only' }],
    ]);
    await clock.advanceAsync(10_000);
    const late = await open(cookie);
    expect(late.state).toBe('new');
    expect({ ...late.data }).toEqual({});
  });

  test('takes along what requests under way change, and shows them nothing', async () => {
    const { open, run, started } = houseOf();
    const { cookie } = await started({ cart: ['tea'] });
    const [slow, session] = [await open(cookie), await open(cookie)];
    await run(session.login('ada'));
    session.data['card'] = '4711';
    await run(session.save());
    slow.data['seen'] = true;
    await run(slow.save());
    slow.data['twice'] = true;
    await run(slow.save());
    expect(slow).toMatchObject({ user: undefined, pending: false });
    expect(slow.cookie()).toBeUndefined();
    expect({ ...slow.data }).toEqual({ cart: ['tea'], seen: true, twice: true });
    await expect(run(slow.update((data) => void (data['n'] = 1)))).rejects.toMatchObject({
      code: 'HF_SESSION_CONFLICT',
    });
    await run(slow.rotate());
    expect(slow.cookie()).toBeUndefined();
    const data = { cart: ['tea'], card: '4711', seen: true, twice: true };
    expect({ ...(await open(cookieOf(session))).data }).toEqual(data);
  });

  test('takes along what another wrote just before it', async () => {
    const { open, run, started } = houseOf();
    const { cookie } = await started({ n: 1 });
    const [session, other] = [await open(cookie), await open(cookie)];
    other.data['other'] = true;
    await run(other.save());
    session.data['mine'] = true;
    await run(session.login('ada'));
    const data = { n: 1, other: true, mine: true };
    expect({ ...session.data }).toEqual(data);
    expect({ ...(await open(cookieOf(session))).data }).toEqual(data);
  });

  test('of another user in the same session gives the first one’s cookie nothing', async () => {
    const { open, run, started } = houseOf();
    const { cookie } = await started({ n: 1 }, 'ada');
    const session = await open(cookie);
    await run(session.login('bob'));
    expect(await open(cookieOf(session))).toMatchObject({ user: 'bob' });
    expect(await open(cookie)).toMatchObject({ state: 'read-only', user: undefined });
  });

  test('begins a new absolute life', async () => {
    const { clock, open, run, started } = houseOf({ idleMs: HOUR, absoluteMs: HOUR });
    const { cookie } = await started({ n: 1 });
    await clock.advanceAsync(59 * MINUTE);
    const session = await open(cookie);
    await run(session.login('ada'));
    await clock.advanceAsync(59 * MINUTE);
    expect(await open(cookieOf(session))).toMatchObject({ user: 'ada' });
  });

  test('of a new session needs no save, and an empty name is a mistake', async () => {
    const { open, run } = houseOf();
    const session = await open();
    await expect(run(session.login(''))).rejects.toMatchObject({ code: 'HF_INVALID_OPTION' });
    await run(session.login('ada'));
    expect(await open(cookieOf(session))).toMatchObject({ user: 'ada', state: 'loaded' });
  });
});

describe('a rotation', () => {
  test('gives a new id, and the old one still works for a while', async () => {
    const { clock, open, run, started } = houseOf();
    const { cookie } = await started({ n: 1 }, 'ada');
    const session = await open(cookie);
    await run(session.rotate());
    const after = cookieOf(session);
    expect(after).not.toBe(cookie);
    expect(await open(after)).toMatchObject({ state: 'loaded', user: 'ada', data: { n: 1 } });
    await clock.advanceAsync(9_999);
    const parallel = await open(cookie);
    expect(parallel).toMatchObject({ state: 'loaded', user: 'ada' });
    expect(parallel.cookie()).toBeUndefined();
    parallel.data['n'] = 2;
    await run(parallel.save());
    await clock.advanceAsync(1);
    expect(await open(cookie)).toMatchObject({ state: 'new' });
    expect(await open(after)).toMatchObject({ data: { n: 2 } });
  });

  test('is judged by the clock of the store: on machines whose clocks differ the old id works as long', async () => {
    const off = (clock: VirtualClock, byMs: number) => ({
      now: () => clock.now(),
      wallNow: () => clock.wallNow() + byMs,
      setTimer: clock.setTimer.bind(clock),
      afterPoll: clock.afterPoll.bind(clock),
    });
    for (const byMs of [-HOUR, -55_000, 11_000, HOUR]) {
      const { clock, store, open, run, started } = houseOf();
      const other = houseOf({ store, clock: off(clock, byMs) });
      const { cookie } = await started({ n: 1 }, 'ada');
      await run((await open(cookie)).rotate());
      const openThere = () => run(other.house.open(cookie));
      expect(await openThere()).toMatchObject({ user: 'ada' });
      await clock.advanceAsync(9_999);
      expect(await openThere()).toMatchObject({ user: 'ada' });
      await clock.advanceAsync(1);
      expect(await openThere()).toMatchObject({ state: 'new' });
      const there = await run(other.house.open(undefined));
      await run(there.login('bob'));
      const old = cookieOf(there);
      await run(there.rotate());
      expect(await open(old)).toMatchObject({ user: 'bob' });
      await clock.advanceAsync(10_000);
      expect(await open(old)).toMatchObject({ state: 'new' });
    }
  });

  test('on a machine whose clock is past the absolute end is made all the same', async () => {
    const { clock, store, open, run, started } = houseOf({ rotationGraceMs: 0, absoluteMs: HOUR });
    const { cookie } = await started({ n: 1 });
    const wallNow = (): number => clock.wallNow() + HOUR;
    const ahead = {
      now: () => clock.now(),
      wallNow,
      setTimer: clock.setTimer.bind(clock),
      afterPoll: clock.afterPoll.bind(clock),
    };
    const other = houseOf({ store, clock: ahead, rotationGraceMs: 0, absoluteMs: HOUR });
    const session = await run(other.house.open(cookie));
    await run(session.login('ada'));
    expect(await open(cookieOf(session))).toMatchObject({ user: 'ada', data: { n: 1 } });
  });

  test('near the absolute end leaves the old id its grace, too, up to that end', async () => {
    for (const leftMs of [60_000, 15_000, 10_000, 5_000]) {
      const { clock, open, run, started } = houseOf({ idleMs: HOUR, absoluteMs: HOUR });
      const { cookie } = await started({ n: 1 });
      await clock.advanceAsync(HOUR - leftMs);
      await run((await open(cookie)).rotate());
      const graceMs = Math.min(10_000, leftMs);
      await clock.advanceAsync(graceMs - 1);
      expect(await open(cookie)).toMatchObject({ state: 'loaded' });
      await clock.advanceAsync(1);
      expect(await open(cookie)).toMatchObject({ state: 'new' });
    }
  });

  test('keeps the absolute end', async () => {
    const { clock, open, run, started } = houseOf({ idleMs: HOUR, absoluteMs: HOUR });
    const { cookie } = await started({ n: 1 });
    await clock.advanceAsync(50 * MINUTE);
    const session = await open(cookie);
    await run(session.rotate());
    await clock.advanceAsync(9 * MINUTE);
    expect(await open(cookieOf(session))).toMatchObject({ state: 'loaded' });
    await clock.advanceAsync(MINUTE);
    expect(await open(cookieOf(session))).toMatchObject({ state: 'new' });
  });

  test('of two at once is one, and both requests have its cookie', async () => {
    const { open, run, started } = houseOf();
    const { cookie } = await started({ n: 1 }, 'ada');
    const [one, other] = [await open(cookie), await open(cookie)];
    other.data['mine'] = true;
    await run(Promise.all([one.rotate(), other.rotate()]));
    expect(cookieOf(one)).toBe(cookieOf(other));
    expect(other.pending).toBe(true);
    await run(other.save());
    expect(await open(cookieOf(one))).toMatchObject({ user: 'ada', data: { n: 1, mine: true } });
  });

  test('without a grace ends the old id at once, and requests under way are kept all the same', async () => {
    const { open, run, started } = houseOf({ rotationGraceMs: 0 });
    const { cookie } = await started({ n: 1 }, 'ada');
    const [session, slow] = [await open(cookie), await open(cookie)];
    await run(session.rotate());
    expect(await open(cookie)).toMatchObject({ state: 'new' });
    slow.data['n'] = 2;
    await run(slow.save());
    expect(await open(cookieOf(session))).toMatchObject({ data: { n: 2 } });
  });

  test('of a session that holds nothing does nothing', async () => {
    const { open, run, store } = houseOf();
    const session = await open();
    await run(session.rotate());
    expect(store.taken()).toEqual([]);
    expect(session.cookie()).toBeUndefined();
  });
});
