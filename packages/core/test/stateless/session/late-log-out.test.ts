import { describe, expect, test } from 'vitest';
import type { Random } from '../../../src/runtime/clock.ts';
import { seededRandom } from '../../../src/testing/index.ts';
import { cookieOf, houseOf, KEYS } from './support/house.ts';

const LOST = { code: 'HF_STORE_UNAVAILABLE' };
const MINUTE = 60_000;

describe('a log-out while the store is lost', () => {
  test('ends the new id of a session that another request has rotated, as soon as the store is back', async () => {
    const { clock, store, open, run, started } = houseOf();
    const { cookie } = await started({ n: 1 }, 'ada');
    const [leaving, other] = [await open(cookie), await open(cookie)];
    await run(other.rotate());
    store.fails = ({ method }) => (method === 'read' ? 'before' : undefined);
    await expect(run(leaving.logout())).rejects.toMatchObject(LOST);
    await clock.advanceAsync(30_000);
    store.restore();
    await clock.advanceAsync(1_000);
    expect(await open(cookieOf(other))).toMatchObject({ state: 'new' });
    expect(await open(cookie)).toMatchObject({ state: 'new' });
  });

  test('goes on from the id it has learned of, also when the old one leads there no more', async () => {
    const { clock, store, open, run, started } = houseOf();
    const { cookie } = await started({ n: 1 }, 'ada');
    const [leaving, other] = [await open(cookie), await open(cookie)];
    await run(other.rotate());
    let writes = 0;
    // It hears that it came too late, reads where the old id leads, and then no more.
    store.fails = ({ method }) => (method === 'write' && ++writes > 1 ? 'before' : undefined);
    await expect(run(leaving.logout())).rejects.toMatchObject(LOST);
    await clock.advanceAsync(5 * MINUTE);
    store.restore();
    await clock.advanceAsync(1_000);
    expect(await open(cookieOf(other))).toMatchObject({ state: 'new' });
  });

  test('through an old cookie ends both, as soon as the store is back', async () => {
    for (const step of ['rotate', 'login'] as const) {
      const { clock, store, open, run, started } = houseOf();
      const { cookie } = await started({ n: 1 }, 'ada');
      const session = await open(cookie);
      await run(step === 'login' ? session.login('ada') : session.rotate());
      const old = await open(cookie);
      store.lose();
      await expect(run(old.logout())).rejects.toMatchObject(LOST);
      store.restore();
      await clock.advanceAsync(1_000);
      expect(await open(cookieOf(session))).toMatchObject({ state: 'new' });
      expect(await open(cookie)).toMatchObject({ state: 'new' });
    }
  });

  /** What the cookies of a session lead to that was rotated and logged out at once, with a store that fails at random. */
  const statesAfter = async (random: Random, seed: number): Promise<string[]> => {
    const { clock, house, store, open, run, started } = houseOf({}, seededRandom(seed));
    const { cookie } = await started({ n: 1 }, 'ada');
    const [leaving, other] = [await open(cookie), await open(cookie)];
    store.fails = () => {
      const roll = random();
      if (roll < 0.2) return 'before';
      return roll < 0.4 ? 'after' : undefined;
    };
    await run(Promise.allSettled([other.rotate(), leaving.logout()]));
    store.restore();
    await clock.advanceAsync(2_000);
    const cookies = other.cookie() === undefined ? [cookie] : [cookie, cookieOf(other)];
    const found = await run(Promise.all(cookies.map((each) => house.open(each))));
    return found.map(({ state }) => state);
  };

  test('ends the session whichever calls fail, also when it is rotated at the same time', async () => {
    const random = seededRandom(77);
    const lengths = new Set<number>();
    for (let seed = 1; seed <= 1_000; seed++) {
      const states = await statesAfter(random, seed);
      expect([seed, ...new Set(states)]).toEqual([seed, 'new']);
      lengths.add(states.length);
    }
    expect(lengths).toEqual(new Set([1, 2]));
  });

  test('is given up after ten minutes', async () => {
    const { clock, store, open, run, started } = houseOf();
    const { cookie } = await started({ n: 1 }, 'ada');
    const session = await open(cookie);
    store.lose();
    await expect(run(session.logout())).rejects.toMatchObject(LOST);
    await clock.advanceAsync(9.9 * MINUTE);
    store.taken();
    await clock.advanceAsync(0.09 * MINUTE);
    expect(store.taken().length).toBeGreaterThan(0);
    await clock.advanceAsync(2_000);
    store.taken();
    await clock.advanceAsync(10 * MINUTE);
    expect(store.taken()).toEqual([]);
  });

  test('is left to the removal of its id where there are too many', async () => {
    const { store, open, run, started } = houseOf();
    const { cookie } = await started({ n: 1 }, 'ada');
    const all = await Promise.all(Array.from({ length: 1_001 }, () => open(cookie)));
    store.fails = ({ method }) => (method === 'remove' ? undefined : 'before');
    store.taken();
    await run(Promise.allSettled(all.map((session) => session.logout())));
    expect(store.taken().filter((call) => call === 'remove session')).toHaveLength(1);
    store.restore();
    expect(await open(cookie)).toMatchObject({ state: 'new' });
  });
});

describe('a log-out of a session that another process has sealed, or not', () => {
  const rigsOf = () => {
    const sealing = houseOf({ encrypt: true });
    const { store, clock } = sealing;
    return { sealing, plain: houseOf({ store, clock }) };
  };

  test('ends it, though it was written so that it cannot be read here', async () => {
    const { sealing, plain } = rigsOf();
    const { cookie } = await sealing.started({ n: 1 }, 'ada');
    const leaving = await sealing.open(cookie);
    const other = await plain.open(cookie);
    other.data['n'] = 2;
    await plain.run(other.save());
    await sealing.run(leaving.logout());
    expect(await plain.open(cookie)).toMatchObject({ state: 'new' });
  });

  test('ends it, though it could not be read as it was opened', async () => {
    const { sealing, plain } = rigsOf();
    const { cookie } = await plain.started({ n: 1 }, 'ada');
    const leaving = await sealing.open(cookie);
    expect(leaving).toMatchObject({ state: 'new', user: undefined });
    await sealing.run(leaving.logout());
    expect(leaving.cookie()).toContain('Max-Age=0');
    expect(await plain.open(cookie)).toMatchObject({ state: 'new' });
  });

  test('asks the store nothing where nothing stood there', async () => {
    const { store, clock, open, run, started } = houseOf({ keys: KEYS });
    const { cookie } = await started({ n: 1 });
    await clock.advanceAsync(31 * MINUTE);
    const session = await open(cookie);
    store.taken();
    await run(session.logout());
    expect(store.taken()).toEqual([]);
    expect(session.cookie()).toContain('Max-Age=0');
  });
});
