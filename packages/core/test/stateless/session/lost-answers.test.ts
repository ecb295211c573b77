import { describe, expect, test } from 'vitest';
import { cookieOf, houseOf, type Rig } from './support/house.ts';

const LOST = { code: 'HF_STORE_UNAVAILABLE' };
const STEPS = ['login', 'rotate'] as const;

const go = (rig: Rig, session: Awaited<ReturnType<Rig['open']>>, step: (typeof STEPS)[number]) =>
  rig.run(step === 'login' ? session.login('ada') : session.rotate());

describe('a log-in or a rotation that was carried out, and whose answer was lost', () => {
  test('either is done and tells its cookie, or has changed nothing, whichever answer it was', async () => {
    let [done, undone] = [0, 0];
    for (const step of STEPS) {
      for (let failing = 0; failing < 4; failing++) {
        const rig = houseOf();
        const { cookie } = await rig.started({ cart: 1 });
        const session = await rig.open(cookie);
        let calls = 0;
        rig.store.fails = () => (calls++ === failing ? 'after' : undefined);
        const ok = await go(rig, session, step).then(
          () => true,
          () => false,
        );
        rig.store.restore();
        session.data['more'] = 2;
        await rig.run(session.save());
        // Long after the old id, if it was left, leads anywhere.
        await rig.clock.advanceAsync(100_000);
        const found = await rig.open(ok ? cookieOf(session) : cookie);
        expect({ ...found.data }).toEqual({ cart: 1, more: 2 });
        expect(found.user).toBe(ok && step === 'login' ? 'ada' : undefined);
        expect(session.cookie() === undefined).toBe(!ok);
        if (ok) done++;
        else undone++;
      }
    }
    // Only a write whose effect was seen counts as done.
    expect([done, undone]).toEqual([4, 4]);
  });

  test('is asked for once', async () => {
    for (const step of STEPS) {
      const rig = houseOf();
      const { cookie } = await rig.started({ cart: 1 });
      const session = await rig.open(cookie);
      let writes = 0;
      rig.store.taken();
      rig.store.fails = ({ method }) =>
        method === 'write' && ++writes === 2 ? 'after' : undefined;
      await go(rig, session, step);
      expect(rig.store.taken().slice(-2)).toEqual(['write session', 'read session']);
      expect(rig.events).toEqual([['rotated', { name: 'session' }]]);
    }
  });

  test('is not asked for where the store says that it was not done', async () => {
    const rig = houseOf();
    const { cookie } = await rig.started({ cart: 1 });
    const session = await rig.open(cookie);
    let writes = 0;
    rig.store.taken();
    rig.store.failure = 'not-sent';
    rig.store.fails = ({ method }) => (method === 'write' && ++writes === 2 ? 'before' : undefined);
    await expect(go(rig, session, 'rotate')).rejects.toMatchObject(LOST);
    expect(rig.store.taken()).toEqual(['write session', 'write session']);
    expect(session.cookie()).toBeUndefined();
  });

  test('rejects where the store cannot be asked either; the old cookie has the grace left, and trying again helps', async () => {
    for (const step of STEPS) {
      const rig = houseOf();
      const { cookie } = await rig.started({ cart: 1 });
      const session = await rig.open(cookie);
      let writes = 0;
      rig.store.fails = ({ method }) => {
        if (method === 'write' && ++writes === 2) return 'after';
        return writes === 2 ? 'before' : undefined;
      };
      await expect(go(rig, session, step)).rejects.toMatchObject(LOST);
      expect(session.cookie()).toBeUndefined();
      rig.store.restore();
      expect((await rig.open(cookie)).data).toMatchObject({ cart: 1 });
      await go(rig, session, step);
      await rig.clock.advanceAsync(100_000);
      expect((await rig.open(cookieOf(session))).data).toMatchObject({ cart: 1 });
    }
  });
});
