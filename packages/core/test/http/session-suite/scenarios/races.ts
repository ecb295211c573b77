import { expect } from 'vitest';
import { gate } from '../../conformance/until.ts';
import { cookieIn, type Handler, type SessionScenario, type Stage } from '../stage.ts';
import { begin } from './basics.ts';

const MANY = 50;

/** Asks so often at once, each time on a connection of its own. */
const atOnce = async (stage: Stage, path: string, cookie: string): Promise<unknown[]> => {
  const clients = await Promise.all(Array.from({ length: MANY }, () => stage.world.client()));
  const headers = { Cookie: cookie };
  return Promise.all(
    clients.map(async (client, index) => (await client.get(`${path}${index}`, { headers })).status),
  );
};

const nameOf = (url: string | undefined): string => url?.split('/').at(-1) ?? '';

export const RACE_SCENARIOS: readonly SessionScenario[] = [
  {
    title: 'fifty requests at once that change names of their own lose nothing',
    only: 'http1',
    run: async (stage) => {
      const all = gate();
      let arrived = 0;
      const own: Handler = async ({ data }, { request, text }) => {
        if (++arrived === MANY) all.open();
        await all.opened;
        data[`n${nameOf(request.url)}`] = true;
        text('done');
      };
      await stage.serve({ '/begin': begin, '/own/:name': own });
      const cookie = await stage.begun();
      expect(new Set(await atOnce(stage, '/own/', cookie))).toEqual(new Set([200]));
      const held = Object.keys(Object((await stage.held(cookie)) as object));
      expect(held).toHaveLength(MANY + 2); // and `begun`, and the state
    },
  },
  {
    title: 'fifty requests at once that count lose nothing',
    only: 'http1',
    run: async (stage) => {
      const count: Handler = async (session, { text }) => {
        await session.update((data) => {
          data['n'] = Number(data['n'] ?? 0) + 1;
        });
        text('done');
      };
      await stage.serve({ '/begin': begin, '/count/:name': count });
      const cookie = await stage.begun();
      expect(new Set(await atOnce(stage, '/count/', cookie))).toEqual(new Set([200]));
      expect(await stage.held(cookie)).toMatchObject({ n: MANY });
    },
  },
  {
    title: 'a late save does not bring back a session that has ended',
    only: 'http1',
    run: async (stage) => {
      const [started, goOn] = [gate(), gate()];
      await stage.serve({
        '/begin': begin,
        '/slow': async ({ data }, { text }) => {
          data['late'] = true;
          started.open();
          await goOn.opened;
          text('done');
        },
        '/logout': async (session, { text }) => {
          await session.logout();
          text('bye');
        },
      });
      const cookie = await stage.begun();
      const client = await stage.world.client();
      client.send('/slow', { headers: { Cookie: cookie } });
      await started.opened;
      await stage.ask('/logout', { cookie });
      goOn.open();
      expect(await client.answer()).toMatchObject({ status: 200, body: 'done' });
      expect(await stage.held(cookie)).toEqual({ state: 'new' });
    },
  },
  {
    title: 'where it is strict, the later of two who change the same gets 409, and no cookie',
    only: 'http1',
    run: async (stage) => {
      const [started, goOn] = [gate(), gate()];
      const set =
        (value: string): Handler =>
        ({ data }, { text }) => {
          data['n'] = value;
          text(value);
        };
      await stage.serve(
        {
          '/begin': begin,
          '/first': set('first'),
          '/second': async (session, exchange) => {
            started.open();
            await goOn.opened;
            return set('second')(session, exchange);
          },
        },
        { guards: [stage.sessions({ strict: true })] },
      );
      const cookie = await stage.begun();
      const client = await stage.world.client();
      client.send('/second', { headers: { Cookie: cookie } });
      await started.opened;
      await stage.ask('/first', { cookie });
      goOn.open();
      const answer = await client.answer();
      expect(answer).toMatchObject({ status: 409, complete: true });
      expect(answer.headers['content-type']).toBe('application/problem+json');
      expect(answer.headers).not.toHaveProperty('set-cookie');
      expect(await stage.held(cookie)).toMatchObject({ n: 'first' });
    },
  },
  {
    title: 'a request under way as its session got a new id finds it there',
    only: 'http1',
    run: async (stage) => {
      const [started, goOn] = [gate(), gate()];
      await stage.serve({
        '/begin': begin,
        '/rotate': async (session, { text }) => {
          await session.rotate();
          text('rotated');
        },
        '/slow': async ({ data }, { text }) => {
          started.open();
          await goOn.opened;
          data['late'] = true;
          text('done');
        },
      });
      const cookie = await stage.begun();
      const client = await stage.world.client();
      client.send('/slow', { headers: { Cookie: cookie } });
      await started.opened;
      const fresh = cookieIn(await stage.ask('/rotate', { cookie }));
      goOn.open();
      expect(await client.answer()).toMatchObject({ status: 200 });
      expect(await stage.held(fresh)).toEqual({ state: 'loaded', begun: true, late: true });
    },
  },
];
