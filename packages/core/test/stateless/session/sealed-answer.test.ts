import { describe, expect, test } from 'vitest';
import { sealSession } from '../../../src/stateless/session/visit.ts';
import { cookieOf, houseOf, type Rig } from './support/house.ts';

type Step = 'login' | 'rotate';
const STEPS = ['login', 'rotate'] as const;
const TOO_LATE = /^session "session" gets no new id: the head of its response is out/;

const go = (session: Awaited<ReturnType<Rig['open']>>, step: Step): Promise<void> =>
  step === 'login' ? session.login('ada') : session.rotate();

describe('a session whose response can send no cookie any more', () => {
  test.each(STEPS)('refuses a %s, and is as before', async (step) => {
    const { clock, store, open, run, started, events } = houseOf();
    const { cookie } = await started({ cart: 1 });
    const session = await open(cookie);
    sealSession(session);
    store.taken();
    await expect(run(go(session, step))).rejects.toThrow(TOO_LATE);
    expect(store.taken()).toEqual([]);
    session.data['more'] = 2;
    await run(session.save());
    await clock.advanceAsync(100_000);
    expect((await open(cookie)).data).toMatchObject({ cart: 1, more: 2 });
    expect(events).toEqual([]);
  });

  test.each(STEPS)(
    'refuses a %s that had begun before, and leaves no record of it',
    async (step) => {
      const { clock, store, open, run, started } = houseOf();
      const { cookie } = await started({ cart: 1 });
      const session = await open(cookie);
      store.fails = ({ method, key }) => {
        if (method === 'write' && key.startsWith('session:')) sealSession(session);
        return undefined;
      };
      await expect(run(go(session, step))).rejects.toThrow(TOO_LATE);
      store.restore();
      expect(session.cookie()).toBeUndefined();
      await clock.advanceAsync(100_000);
      expect(await open(cookie)).toMatchObject({ state: 'loaded', data: { cart: 1 } });
      expect(store.taken().at(-2)).toBe('remove session');
    },
  );

  test('refuses the log-in of a new one that had begun before', async () => {
    const { store, open, run } = houseOf();
    const session = await open();
    store.fails = ({ method, key }) => {
      if (method === 'write' && key.startsWith('session:')) sealSession(session);
      return undefined;
    };
    await expect(run(session.login('ada'))).rejects.toThrow(TOO_LATE);
    expect(session).toMatchObject({ state: 'new', user: undefined });
    expect(store.taken().at(-1)).toBe('remove session');
  });

  test('refuses the log-in of a new one, and still logs out', async () => {
    const { open, run, started } = houseOf();
    const fresh = await open();
    sealSession(fresh);
    await expect(run(fresh.login('ada'))).rejects.toThrow(TOO_LATE);
    expect(fresh).toMatchObject({ state: 'new', user: undefined });
    const { cookie } = await started({ n: 1 }, 'ada');
    const session = await open(cookie);
    sealSession(session);
    await run(session.logout());
    expect(await open(cookie)).toMatchObject({ state: 'new' });
  });

  test('is told that in vain where it is not ours', () => {
    expect(() => sealSession({} as never)).not.toThrow();
  });
});

describe('a session with a log-in, rotation or log-out under way', () => {
  test('is pending until that has ended', async () => {
    const { open, run, started } = houseOf();
    for (const step of ['login', 'rotate', 'logout'] as const) {
      const { cookie } = await started({ n: 1 });
      const session = await open(cookie);
      expect(session.pending).toBe(false);
      const under = step === 'logout' ? session.logout() : go(session, step);
      expect(session.pending).toBe(true);
      // Who waits for the save has waited for that.
      await run(session.save());
      expect(cookieOf(session)).not.toBe(cookie);
      await run(under);
      expect(session.pending).toBe(false);
    }
  });
});
