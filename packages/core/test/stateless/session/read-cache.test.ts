import { describe, expect, test } from 'vitest';
import { cookieOf, houseOf, type Rig } from './support/house.ts';

const LOST = { code: 'HF_STORE_UNAVAILABLE' };

const rigOf = (): Rig => houseOf({ onStoreLoss: 'read-cache' });

const expectNoCopy = async ({ store, open }: Rig, ...cookies: string[]): Promise<void> => {
  store.lose();
  for (const cookie of cookies) await expect(open(cookie)).rejects.toMatchObject(LOST);
};

describe('the copy of a session, to read while the store is lost,', () => {
  test('is not made by a request that only has it live on, when it has ended meanwhile', async () => {
    const rig = rigOf();
    const { clock, open, run, started } = rig;
    const { cookie } = await started({ n: 1 }, 'ada');
    await clock.advanceAsync(1_000_000);
    const [late, leaving] = [await open(cookie), await open(cookie)];
    expect(late.pending).toBe(true);
    await run(leaving.logout());
    await clock.advanceAsync(5);
    await run(late.save());
    await expectNoCopy(rig, cookie);
  });

  test('is forgotten when it was seen to have ended elsewhere', async () => {
    for (const end of ['revokeAll', 'logout'] as const) {
      const rig = rigOf();
      const { clock, store, open, run, started } = rig;
      const { cookie } = await started({ n: 1 }, 'ada');
      const elsewhere = houseOf({ store, clock });
      await open(cookie);
      await clock.advanceAsync(10);
      if (end === 'revokeAll') await run(elsewhere.house.revokeAll('ada'));
      else await run((await elsewhere.open(cookie)).logout());
      await clock.advanceAsync(10);
      expect(await open(cookie)).toMatchObject({ state: 'new' });
      await clock.advanceAsync(10);
      await expectNoCopy(rig, cookie);
    }
  });

  test('ends with the session, through whichever of its cookies that is ended', async () => {
    for (const [reader, leaver] of [
      ['new', 'old'],
      ['old', 'new'],
      ['new', 'slow'],
    ] as const) {
      const rig = rigOf();
      const { clock, open, run, started } = rig;
      const { cookie } = await started({ n: 1 }, 'ada');
      const slow = await open(cookie);
      const session = await open(cookie);
      await run(session.rotate());
      const cookies = { old: cookie, new: cookieOf(session) };
      await clock.advanceAsync(5);
      await open(cookies[reader]);
      await clock.advanceAsync(5);
      await run((leaver === 'slow' ? slow : await open(cookies[leaver])).logout());
      await clock.advanceAsync(5);
      await expectNoCopy(rig, ...Object.values(cookies));
    }
  });

  test('is not there for an old cookie, whose grace it would outlive', async () => {
    const rig = rigOf();
    const { clock, open, run, started } = rig;
    const { cookie } = await started({ n: 1 }, 'ada');
    await run((await open(cookie)).rotate());
    await clock.advanceAsync(9_000);
    const parallel = await open(cookie);
    await clock.advanceAsync(10);
    parallel.data['n'] = 2;
    await run(parallel.save());
    await clock.advanceAsync(2_000);
    await expectNoCopy(rig, cookie);
  });

  test('is forgotten when a request that came with an old cookie takes the session to yet another id, or finds it ended', async () => {
    for (const step of ['rotate', 'find'] as const) {
      const rig = rigOf();
      const { clock, store, open, run, started } = rig;
      const { cookie } = await started({ n: 1 }, 'ada');
      const session = await open(cookie);
      await run(session.rotate());
      const parallel = await open(cookie);
      await open(cookieOf(session));
      await clock.advanceAsync(5);
      const elsewhere = houseOf({ store, clock });
      if (step === 'find') await run((await elsewhere.open(cookieOf(session))).logout());
      parallel.data['n'] = 2;
      await run(step === 'find' ? parallel.save() : parallel.rotate());
      await clock.advanceAsync(5);
      await expectNoCopy(rig, cookie, cookieOf(session));
    }
  });

  test('is forgotten by revokeAll also where nobody knows whether that was done', async () => {
    const rig = rigOf();
    const { clock, store, house, open, run, started } = rig;
    const { cookie } = await started({ n: 1 }, 'ada');
    await open(cookie);
    await clock.advanceAsync(5);
    store.fails = ({ method }) => (method === 'write' ? 'after' : undefined);
    await expect(run(house.revokeAll('ada'))).rejects.toMatchObject(LOST);
    await expectNoCopy(rig, cookie);
  });

  test('is forgotten before revokeAll has asked the store, and again after it', async () => {
    const rig = rigOf();
    const { clock, store, house, open, run, started } = rig;
    const { cookie } = await started({ n: 1 }, 'ada');
    await open(cookie);
    await clock.advanceAsync(5);
    let goOn = (): void => undefined;
    const gate = new Promise<void>((resolve) => (goOn = resolve));
    const write = store.write.bind(store);
    store.write = (...given) => gate.then(() => write(...given));
    const revoking = house.revokeAll('ada');
    store.lose();
    await expect(open(cookie)).rejects.toMatchObject(LOST);
    store.restore();
    await clock.advanceAsync(5);
    // It is still good, and seen by another request meanwhile.
    expect(await open(cookie)).toMatchObject({ user: 'ada' });
    await clock.advanceAsync(5);
    goOn();
    await run(revoking);
    await expectNoCopy(rig, cookie);
  });
});
