import { describe, expect, test } from 'vitest';
import type { Random } from '../../../src/runtime/clock.ts';
import type { Session } from '../../../src/stateless/index.ts';
import { seededRandom } from '../../../src/testing/index.ts';
import { cookieOf, houseOf, type Rig } from './support/house.ts';

const SEED = 20_240_607;

const pick = <T>(random: Random, all: readonly [T, ...T[]]): T =>
  all[Math.floor(random() * all.length)] ?? all[0];

const turns = async (most: number): Promise<void> => {
  for (let turn = 1; turn < most; turn++) await Promise.resolve();
};

const change = (session: Session, name: string): void => {
  session.data[name] = 1;
};

const STEPS = ['save', 'update', 'rotate', 'save twice', 'nothing'] as const;

/** What a request does beside the one that logs out; a conflict after many attempts would be an error. */
const act = async (session: Session, step: (typeof STEPS)[number], name: string): Promise<void> => {
  if (step === 'update') await session.update((data) => void (data[name] = 1));
  if (step === 'rotate') await session.rotate();
  if (step === 'save' || step === 'save twice') {
    change(session, name);
    await session.save();
  }
  if (step === 'save twice') {
    change(session, `${name} again`);
    await session.save();
  }
};

const issued = (sessions: readonly Session[]): string[] =>
  sessions.filter((session) => session.cookie()?.includes('Max-Age') === false).map(cookieOf);

describe('a log-out among other requests of the session', () => {
  /** Whether somebody is still logged in after it. */
  const resurrects = async (rig: Rig, random: Random): Promise<boolean> => {
    const { session: first, cookie } = await started(rig);
    const others: Session[] = [first];
    for (let n = Math.floor(random() * 3) + 1; n > 0; n--)
      others.push(await rig.house.open(cookie));
    const last = await rig.house.open(cookie);
    const late = others.map((session, index) => async () => {
      await turns(random() * 20);
      await act(session, pick(random, STEPS), `part ${index}`);
    });
    const leave = async (): Promise<void> => {
      await turns(random() * 60);
      await last.logout();
    };
    await Promise.all([...late.map((step) => step()), leave()]);
    change(first, 'very late');
    await first.save();
    const cookies = [cookie, ...issued(others)];
    const found = await Promise.all(cookies.map((each) => rig.house.open(each)));
    return found.some(({ state, user }) => state !== 'new' || user !== undefined);
  };

  const started = async (rig: Rig) => {
    const session = await rig.house.open(undefined);
    await session.login('ada');
    return { session, cookie: cookieOf(session) };
  };

  test(
    'is the end of it in 10,000 races: nobody is logged in again',
    { timeout: 60_000 },
    async () => {
      const random = seededRandom(SEED);
      const rig = houseOf({ random: () => 0 }, seededRandom(SEED + 1));
      let resurrected = 0;
      for (let round = 0; round < 100; round++) {
        const races = Array.from({ length: 100 }, () => resurrects(rig, random));
        resurrected += (await rig.run(Promise.all(races))).filter(Boolean).length;
      }
      expect(resurrected).toBe(0);
    },
  );
});

describe('requests that change one session at once', () => {
  test('lose no update: fifty that add one make fifty', async () => {
    for (let seed = 1; seed <= 20; seed++) {
      const { house, run, open, started } = houseOf({}, seededRandom(seed));
      const { cookie } = await started({ n: 0 });
      const all = await run(Promise.all(Array.from({ length: 50 }, () => house.open(cookie))));
      const add = (session: Session): Promise<void> =>
        session.update((data) => void (data['n'] = Number(data['n']) + 1));
      await run(Promise.all(all.map(add)));
      expect((await open(cookie)).data).toMatchObject({ n: 50 });
    }
  });

  test('lose no update where each call takes a while: all fifty are done within the two seconds', async () => {
    for (let seed = 1; seed <= 5; seed++) {
      const { clock, house, run, open, started, store } = houseOf();
      const { cookie } = await started({ n: 0 });
      const all = await run(Promise.all(Array.from({ length: 50 }, () => house.open(cookie))));
      const random = seededRandom(seed);
      const pause = (): Promise<void> =>
        new Promise((resolve) => void clock.setTimer(resolve, random() * 4));
      for (const method of ['read', 'write'] as const) {
        const call: (...given: never[]) => Promise<unknown> = store[method];
        const slow = async (...given: never[]): Promise<unknown> => {
          await pause();
          const answer = await call(...given);
          await pause();
          return answer;
        };
        Reflect.set(store, method, slow);
      }
      const add = (session: Session): Promise<void> =>
        session.update((data) => void (data['n'] = Number(data['n']) + 1));
      await run(Promise.all(all.map(add)));
      expect((await open(cookie)).data).toMatchObject({ n: 50 });
    }
  });

  test('lose no change of their own: fifty names are all there', async () => {
    for (let seed = 1; seed <= 20; seed++) {
      const { house, run, open, started, events } = houseOf({}, seededRandom(seed));
      const { cookie } = await started({ old: true });
      const all = await run(Promise.all(Array.from({ length: 50 }, () => house.open(cookie))));
      for (const [index, session] of all.entries()) change(session, `part ${index}`);
      await run(Promise.all(all.map((session) => session.save())));
      expect(Object.keys((await open(cookie)).data)).toHaveLength(51);
      expect(events).toEqual([]);
    }
  });

  test(
    'lose nothing in 10,000 updates with rotations and saves in between',
    { timeout: 60_000 },
    async () => {
      const random = seededRandom(SEED);
      for (let round = 0; round < 250; round++) {
        const rig = houseOf({ random: () => 0 }, seededRandom(round));
        const { cookie } = await rig.started({ n: 0 }, 'ada');
        const all = await rig.run(
          Promise.all(Array.from({ length: 8 }, () => rig.house.open(cookie))),
        );
        const run = async (session: Session, index: number): Promise<void> => {
          for (let n = 0; n < 5; n++) {
            await session.update((data) => void (data['n'] = Number(data['n']) + 1));
            if (random() < 0.1) await session.rotate();
            session.data[`part ${index}`] = n;
            await session.save();
          }
        };
        await rig.run(Promise.all(all.map(run)));
        const cookies = [cookie, ...issued(all)];
        const found = await Promise.all(cookies.map((each) => rig.open(each)));
        const parts = Object.fromEntries(all.map((_, index) => [`part ${index}`, 4]));
        for (const { data } of found) expect({ ...data }).toEqual({ n: 40, ...parts });
        expect(rig.events.filter(([name]) => name !== 'rotated')).toEqual([]);
      }
    },
  );

  test(
    'that log in meanwhile are never shown to a cookie from before',
    { timeout: 60_000 },
    async () => {
      const random = seededRandom(SEED);
      const rig = houseOf({ random: () => 0 }, seededRandom(SEED + 2));
      const race = async (): Promise<void> => {
        const first = await rig.house.open(undefined);
        change(first, 'cart');
        await first.save();
        const cookie = cookieOf(first);
        const all = await Promise.all(Array.from({ length: 4 }, () => rig.house.open(cookie)));
        const [login, ...others] = all;
        await Promise.all([
          login?.login('ada').then(() => {
            login.data['secret'] = 1;
            return login.save();
          }),
          ...others.map(async (session, index) => {
            await turns(random() * 40);
            await act(session, pick(random, ['save', 'rotate', 'save twice']), `part ${index}`);
          }),
        ]);
        const seen = [
          ...others,
          ...(await Promise.all([cookie, ...issued(others)].map((each) => rig.house.open(each)))),
        ];
        for (const { user, data } of seen)
          expect([user, data['secret']]).toEqual([undefined, undefined]);
        const inside = await rig.house.open(login && cookieOf(login));
        expect([inside.user, inside.data['secret'], inside.data['cart']]).toEqual(['ada', 1, 1]);
      };
      for (let round = 0; round < 20; round++)
        await rig.run(Promise.all(Array.from({ length: 100 }, () => race())));
    },
  );
});
