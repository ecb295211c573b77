import { expect } from 'vitest';
import { withPassingTime } from '../passing-time.ts';
import { cookieIn, type Handler, type SessionScenario } from '../stage.ts';

export const begin: Handler = ({ data }, { text }) => {
  data['begun'] = true;
  text('begun');
};
const read: Handler = ({ data }, { text }) => text(String(data['begun']));
const login: Handler = async (session, { text }) => {
  await session.login('ada');
  text('welcome');
};
const logout: Handler = async (session, { text }) => {
  await session.logout();
  text('bye');
};

export const BASIC_SCENARIOS: readonly SessionScenario[] = [
  {
    title:
      'a visitor without a session that is used gets no cookie, and costs no call of the store',
    run: async (stage) => {
      await stage.serve({ '/': read });
      expect(await stage.ask('/')).toMatchObject({ status: 200, body: 'undefined', cookies: [] });
      expect(stage.store.calls).toEqual([]);
    },
  },
  {
    title: 'what a request puts into its session is there for the next one',
    run: async (stage) => {
      await stage.serve({ '/begin': begin, '/': read });
      const first = await stage.ask('/begin');
      expect(first).toMatchObject({ status: 200, body: 'begun' });
      expect(first.cookies).toEqual([
        expect.stringMatching(/^__Host-session=[\w.-]+; Path=\/; HttpOnly; Secure; SameSite=Lax$/u),
      ]);
      expect(await stage.ask('/', { cookie: cookieIn(first) })).toMatchObject({ body: 'true' });
    },
  },
  {
    title: 'a session that is only read is neither written nor told again',
    run: async (stage) => {
      await stage.serve({ '/begin': begin, '/': read });
      const cookie = await stage.begun();
      stage.store.calls.length = 0;
      expect(await stage.ask('/', { cookie })).toMatchObject({ body: 'true', cookies: [] });
      expect(stage.store.calls).toEqual(['read']);
    },
  },
  {
    title: 'a session that has grown old is touched before its answer',
    run: (stage) =>
      withPassingTime(async (pass) => {
        const guards = [stage.sessions({ idleMs: 60_000 })];
        await stage.serve({ '/begin': begin, '/': read }, { guards });
        const cookie = await stage.begun();
        for (const ms of [20_000, 20_000, 20_000, 30_000]) {
          pass(ms);
          expect(await stage.ask('/', { cookie })).toMatchObject({ body: 'true' });
        }
        expect(stage.store.calls.filter((call) => call !== 'read')).toHaveLength(1 + 2);
        pass(60_001);
        expect(await stage.ask('/', { cookie })).toMatchObject({ body: 'undefined' });
      }),
  },
  {
    title: 'cookies that we did not sign cost no call of the store',
    run: async (stage) => {
      await stage.serve({ '/begin': begin, '/': read });
      const cookie = await stage.begun();
      stage.store.calls.length = 0;
      const forged = [
        '__Host-session=garbage',
        '__Host-session=',
        `${cookie}x`,
        cookie.replace('.', '.x'),
        '__proto__=1; constructor=2; __Host-session=%',
        `__Host-session=${'a'.repeat(4_000)}`,
      ];
      for (const each of forged)
        expect(await stage.ask('/', { cookie: each })).toMatchObject({ body: 'undefined' });
      expect(stage.store.calls).toEqual([]);
    },
  },
  {
    title: 'a log-in is told with a new cookie, and the old one shows nothing of it',
    run: async (stage) => {
      await stage.serve({ '/begin': begin, '/login': login });
      const planted = await stage.begun();
      const own = cookieIn(await stage.ask('/login', { cookie: planted }));
      expect(await stage.held(own)).toEqual({ state: 'loaded', user: 'ada', begun: true });
      expect(await stage.held(planted)).toEqual({ state: 'read-only', begun: true });
    },
  },
  {
    title: 'a log-out takes the cookie away, and the session with it',
    run: async (stage) => {
      await stage.serve({ '/login': login, '/logout': logout });
      const cookie = await stage.begun('/login');
      const answer = await stage.ask('/logout', { cookie });
      expect(answer.cookies).toEqual([expect.stringMatching(/^__Host-session=; Max-Age=0;/u)]);
      expect(await stage.held(cookie)).toEqual({ state: 'new' });
    },
  },
  {
    title: 'a session that is mounted twice is one',
    run: async (stage) => {
      const layer = stage.sessions();
      await stage.serve({ '/begin': begin, '/': read }, { guards: [layer, layer] });
      const first = await stage.ask('/begin');
      expect(first.cookies).toHaveLength(1);
      stage.store.calls.length = 0;
      await stage.ask('/', { cookie: cookieIn(first) });
      expect(stage.store.calls).toEqual(['read']);
    },
  },
  {
    title: 'two kinds of sessions stand side by side, and the nearer one is asked for',
    run: async (stage) => {
      const outer = stage.sessions({ name: 'outer', cookie: { name: 'outer' } });
      const handler: Handler = (session, { text }) => {
        session.data['n'] = 1;
        text(session.state);
      };
      await stage.serve({ '/begin': handler }, { guards: [outer, stage.sessions()] });
      const answer = await stage.ask('/begin');
      expect(answer.cookies).toEqual([expect.stringMatching(/^__Host-session=/u)]);
      expect(await stage.held(cookieIn(answer))).toEqual({ state: 'loaded', n: 1 });
    },
  },
  {
    title: 'a handler without sessions in front hears what is missing',
    run: async (stage) => {
      await stage.serve(
        { '/': read },
        { guards: [], catchers: [stage.world.rig.answersErrors(500)] },
      );
      expect((await stage.ask('/')).body).toContain('mount session() in front');
    },
  },
];
