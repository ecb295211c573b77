import { expect } from 'vitest';
import { withPassingTime } from '../passing-time.ts';
import { cookieIn, type Handler, type SessionScenario } from '../stage.ts';
import { begin } from './basics.ts';

const problem = (status: number): object => ({
  status,
  cookies: [],
  headers: expect.objectContaining({ 'content-type': 'application/problem+json' }) as object,
});

/** Changes the session, and loses the store before it answers. */
const losing =
  (lose: () => void): Handler =>
  (session, { text }) => {
    session.data['n'] = 1;
    lose();
    text('all is well');
  };

export const LOSS_SCENARIOS: readonly SessionScenario[] = [
  {
    title: 'while the store is lost, who has a session gets 503, `Retry-After` and no cookie',
    run: async (stage) => {
      let calls = 0;
      const count: Handler = (_, { text }) => text(`call ${++calls}`);
      await stage.serve({ '/begin': begin, '/': count });
      const cookie = await stage.begun();
      stage.store.lose();
      const answer = await stage.ask('/', { cookie });
      expect(answer).toMatchObject(problem(503));
      expect(answer.headers['retry-after']).toMatch(/^[1-9]$/u);
      expect(await stage.ask('/')).toMatchObject({ status: 200, body: 'call 1' });
      stage.store.lose(false);
      expect(await stage.held(cookie)).toEqual({ state: 'loaded', begun: true });
    },
  },
  {
    title: 'the answer to who cannot have a session may be of one’s own',
    run: async (stage) => {
      const onReject = ({ error }: { readonly error: { readonly code: string } }): object => ({
        status: 500,
        body: error.code,
      });
      await stage.serve({ '/begin': begin }, { guards: [stage.sessions({ onReject })] });
      const cookie = await stage.begun();
      stage.store.lose();
      expect(await stage.ask('/see', { cookie })).toMatchObject({
        status: 500,
        body: 'HF_STORE_UNAVAILABLE',
      });
    },
  },
  {
    title: 'anonymous sessions keep nothing, and change no cookie',
    run: async (stage) => {
      const guards = [stage.sessions({ onStoreLoss: 'anonymous' })];
      await stage.serve({ '/begin': begin }, { guards });
      const cookie = await stage.begun();
      stage.store.lose();
      expect(await stage.held(cookie)).toEqual({ state: 'anonymous' });
      expect(await stage.ask('/begin', { cookie })).toMatchObject({ status: 200, cookies: [] });
      stage.store.lose(false);
      expect(await stage.held(cookie)).toEqual({ state: 'loaded', begun: true });
    },
  },
  {
    title: 'a last copy is read and not written, and changes no cookie',
    run: async (stage) => {
      const guards = [stage.sessions({ onStoreLoss: 'read-cache' })];
      const change: Handler = ({ data }, { text }) => {
        data['n'] = 1;
        text('changed');
      };
      await stage.serve({ '/begin': begin, '/change': change }, { guards });
      const cookie = await stage.begun();
      await stage.held(cookie);
      stage.store.lose();
      expect(await stage.held(cookie)).toEqual({ state: 'read-only', begun: true });
      expect(await stage.ask('/change', { cookie })).toMatchObject({ status: 200, cookies: [] });
      stage.store.lose(false);
      expect(await stage.held(cookie)).toEqual({ state: 'loaded', begun: true });
    },
  },
  {
    title: 'an answer that could not be saved is not given: 503, and no cookie',
    run: async (stage) => {
      await stage.serve({ '/': losing(() => stage.store.lose()) });
      const answer = await stage.ask('/');
      expect(answer).toMatchObject(problem(503));
      expect(answer.body).not.toContain('all is well');
    },
  },
  {
    title: 'an answer that had begun and could not be saved breaks off',
    only: 'http1',
    run: async (stage) => {
      await stage.serve({
        '/': async ({ data }, exchange) => {
          const response = exchange.raw();
          data['n'] = 1;
          await new Promise((resolve) => {
            response.write('all is ', resolve);
          });
          stage.store.lose();
          response.end('well');
        },
      });
      const client = await stage.world.client();
      client.send('/');
      await client.hangUp();
      expect(client.answers).toEqual([
        expect.objectContaining({ body: 'all is ', complete: false }),
      ]);
    },
  },
  {
    title: 'a log-in that has worked is told, though a later change could not be saved',
    run: async (stage) => {
      await stage.serve({
        '/begin': begin,
        '/login': async (session, { text }) => {
          await session.login('ada');
          session.data['n'] = 1;
          stage.store.lose();
          text('welcome');
        },
      });
      const answer = await stage.ask('/login', { cookie: await stage.begun() });
      stage.store.lose(false);
      expect(answer).toMatchObject({ status: 503 });
      expect(await stage.held(cookieIn(answer))).toEqual({
        state: 'loaded',
        user: 'ada',
        begun: true,
      });
    },
  },
  {
    title: 'a touch that fails fails no request',
    run: (stage) =>
      withPassingTime(async (pass) => {
        const lose: Handler = (_, { text }) => {
          stage.store.lose();
          text('all is well');
        };
        await stage.serve({ '/begin': begin, '/': lose });
        const cookie = await stage.begun();
        pass(1_000_000);
        expect(await stage.ask('/', { cookie })).toMatchObject({ body: 'all is well' });
        expect(stage.store.calls.at(-1)).not.toBe('read');
      }),
  },
  {
    title: 'a session that holds too much is 500, and what it held before stays',
    run: async (stage) => {
      await stage.serve({
        '/begin': begin,
        '/': ({ data }, { text }) => {
          data['much'] = 'x'.repeat(20_000);
          text('all is well');
        },
      });
      const cookie = await stage.begun();
      expect(await stage.ask('/', { cookie })).toMatchObject(problem(500));
      expect(await stage.held(cookie)).toEqual({ state: 'loaded', begun: true });
    },
  },
  {
    title: 'a session of what is not JSON is 500, and a warning says where',
    run: async (stage) => {
      stage.world.expectWarning(/session "session" threw: TypeError/u);
      await stage.serve({
        '/begin': begin,
        '/': ({ data }, { text }) => {
          data['number'] = 1n;
          text('all is well');
        },
      });
      const cookie = await stage.begun();
      expect(await stage.ask('/', { cookie })).toMatchObject(problem(500));
      expect(await stage.held(cookie)).toEqual({ state: 'loaded', begun: true });
    },
  },
];
