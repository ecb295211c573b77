import { expect } from 'vitest';
import { settled, until } from '../../conformance/until.ts';
import { cookieIn, type Handler, type SessionScenario } from '../stage.ts';
import { begin } from './basics.ts';

export const HOLD_SCENARIOS: readonly SessionScenario[] = [
  {
    title: 'an answer waits until what was changed is saved; meanwhile it counts as ended',
    run: async (stage) => {
      const writes = stage.store.holdWrites();
      const seen: unknown[] = [];
      await stage.serve({
        '/': ({ data }, exchange) => {
          const response = exchange.raw();
          data['n'] = 1;
          response.end('body');
          seen.push([response.writableEnded, response.headersSent, response.writableFinished]);
        },
      });
      let answered = false;
      const answer = stage.ask('/').finally(() => (answered = true));
      await until(() => stage.store.calls.includes('write'), 'a write');
      await settled();
      expect(answered).toBe(false);
      writes.open();
      expect(await answer).toMatchObject({ body: 'body' });
      expect(seen).toEqual([[true, false, false]]);
    },
  },
  {
    title: 'what a handler still does to an answer that waits does nothing',
    run: async (stage) => {
      const called: string[] = [];
      await stage.serve({
        '/': async ({ data }, exchange) => {
          const response = exchange.raw();
          data['n'] = 1;
          response.setHeader('X-Early', 'yes');
          response.end('right', () => called.push('first'));
          response.statusCode = 500;
          response.setHeader('X-Late', 'yes');
          response.removeHeader('X-Early');
          response.writeHead(404, { 'X-Late': 'yes' });
          expect(response.write('wrong', () => called.push('write'))).toBe(true);
          await new Promise<void>((resolve) => {
            response.end('wrong', () => {
              called.push('second');
              resolve();
            });
          });
        },
      });
      const answer = await stage.ask('/');
      expect(answer).toMatchObject({ status: 200, body: 'right' });
      expect(answer.headers).toMatchObject({ 'x-early': 'yes' });
      expect(answer.headers).not.toHaveProperty('x-late');
      await until(() => called.length === 3, 'all callbacks');
    },
  },
  {
    title: 'a handler that throws after its answer does not take that away, nor the connection',
    run: async (stage) => {
      const writes = stage.store.holdWrites();
      await stage.serve({
        '/': ({ data }, exchange) => {
          data['n'] = 1;
          exchange.raw().end('right');
          throw new Error('too late');
        },
      });
      const answer = stage.ask('/');
      await until(() => stage.store.calls.includes('write'), 'a write');
      await settled();
      writes.open();
      const answered = await answer;
      expect(answered).toMatchObject({ status: 200, body: 'right' });
      expect(await stage.held(cookieIn(answered))).toEqual({ state: 'loaded', n: 1 });
    },
  },
  {
    title: 'a handler that throws after its answer, of which some is out, does not break that off',
    run: async (stage) => {
      const writes = stage.store.holdWrites();
      await stage.serve({
        '/': ({ data }, exchange) => {
          const response = exchange.raw();
          data['n'] = 1;
          response.write('all ');
          response.end('right');
          throw new Error('too late');
        },
      });
      const answer = stage.ask('/');
      await until(() => stage.store.calls.includes('write'), 'a write');
      await settled();
      writes.open();
      expect(await answer).toMatchObject({ status: 200, body: 'all right' });
    },
  },
  {
    title: 'a final handler that waits for the upload finds an answer that is out already',
    only: 'http1',
    run: async (stage) => {
      const writes = stage.store.holdWrites();
      await stage.serve({
        '/': ({ data }, exchange) => {
          data['n'] = 1;
          exchange.raw().end('right');
          throw new Error('too late');
        },
      });
      const client = await stage.world.client();
      client.send('/', { method: 'POST', headers: { 'Content-Length': '5' } });
      await until(() => stage.store.calls.includes('write'), 'a write');
      await settled();
      writes.open();
      expect(await client.answer()).toMatchObject({ status: 200, body: 'right' });
      client.write('later');
      await settled();
    },
  },
  {
    title: 'those who log an answer read what was sent',
    run: async (stage) => {
      const logged: unknown[] = [];
      const answer =
        (lose: () => void): Handler =>
        ({ data }, exchange) => {
          const response = exchange.raw();
          response.on('close', () => logged.push([response.statusCode, response.headersSent]));
          response.statusCode = 201;
          data['n'] = 1;
          lose();
          response.end('body');
          response.statusCode = 500;
        };
      await stage.serve({
        '/': answer(() => undefined),
        '/lost': answer(() => stage.store.lose()),
      });
      expect(await stage.ask('/')).toMatchObject({ status: 201 });
      expect(await stage.ask('/lost')).toMatchObject({ status: 503 });
      await until(() => logged.length === 2, 'both logs');
      expect(logged).toEqual([
        [201, true],
        [503, true],
      ]);
    },
  },
  {
    title: 'callbacks of an end are called once its answer is out, also where it is not saved',
    only: 'http1',
    run: async (stage) => {
      const called: unknown[] = [];
      const end =
        (lose: () => void): Handler =>
        ({ data }, exchange) => {
          const response = exchange.raw();
          data['n'] = 1;
          lose();
          response.end(() => called.push(response.writableFinished));
        };
      await stage.serve({ '/': end(() => undefined), '/lost': end(() => stage.store.lose()) });
      expect(await stage.ask('/')).toMatchObject({ status: 200 });
      expect(await stage.ask('/lost')).toMatchObject({ status: 503, cookies: [] });
      await until(() => called.length === 2, 'both callbacks');
      expect(called).toEqual([true, true]);
    },
  },
  {
    title: 'where an earlier save has done it all, the answer does not wait',
    run: async (stage) => {
      await stage.serve({
        '/': async (session, exchange) => {
          session.data['n'] = 1;
          await session.save();
          stage.store.lose(); // nothing more is asked of it
          exchange.text('saved');
        },
      });
      const answer = await stage.ask('/');
      stage.store.lose(false);
      expect(answer).toMatchObject({ status: 200, body: 'saved' });
      expect(await stage.held(cookieIn(answer))).toEqual({ state: 'loaded', n: 1 });
    },
  },
  {
    title:
      'an error that another hook throws as the answer goes out ends the connection, not the process',
    only: 'http1',
    run: async (stage) => {
      stage.world.expectWarning(/response\.end\(\) threw/u);
      await stage.serve({
        '/': ({ data }, exchange) => {
          const response = exchange.raw();
          data['n'] = 1;
          const writeHead = response.writeHead.bind(response) as (...given: unknown[]) => unknown;
          Reflect.set(response, 'writeHead', (...given: unknown[]) => {
            if (response.writableEnded) return writeHead(...given);
            throw new Error('a hook of another');
          });
          response.end('body');
        },
      });
      const client = await stage.world.client();
      client.send('/');
      await client.hangUp();
    },
  },
  {
    title: 'what changes after an end is not kept, however often that is called',
    run: async (stage) => {
      await stage.serve({
        '/begin': begin,
        '/': ({ data }, exchange) => {
          const response = exchange.raw();
          response.end('right');
          data['late'] = true;
          response.end();
        },
      });
      const cookie = await stage.begun();
      expect(await stage.ask('/', { cookie })).toMatchObject({ status: 200, body: 'right' });
      expect(await stage.held(cookie)).toEqual({ state: 'loaded', begun: true });
    },
  },
  {
    title: 'where a hook of another lets nothing end twice, what could not be saved breaks off',
    only: 'http1',
    run: async (stage) => {
      await stage.serve({
        '/': ({ data }, exchange) => {
          const response = exchange.raw();
          const end = response.end.bind(response) as (...given: unknown[]) => unknown;
          let ended = false;
          Reflect.set(response, 'end', (...given: unknown[]) => {
            if (ended) return response;
            ended = true;
            return end(...given);
          });
          data['n'] = 1;
          stage.store.lose();
          response.end('all is well');
        },
      });
      const client = await stage.world.client();
      client.send('/');
      await client.hangUp();
      expect(client.answers.filter(({ complete }) => complete)).toEqual([]);
    },
  },
  {
    title: 'two kinds of sessions are both saved before the one answer',
    run: async (stage) => {
      const called: string[] = [];
      const outer = stage.sessions({ name: 'outer', cookie: { name: '__Host-outer' } });
      const mark = stage.world.rig.onEntry((exchange) => {
        stage.sessionOf(exchange).data['outer'] = true;
      });
      await stage.serve(
        {
          '/': ({ data }, exchange) => {
            const response = exchange.raw();
            data['inner'] = true;
            response.end('right', () => called.push('first'));
            response.end('wrong', () => called.push('second'));
          },
        },
        { guards: [outer, mark, stage.sessions()] },
      );
      const answer = await stage.ask('/');
      expect(answer).toMatchObject({ status: 200, body: 'right' });
      const names = answer.cookies.map((each) => each.split('=', 1)[0]);
      expect(new Set(names)).toEqual(new Set(['__Host-outer', '__Host-session']));
      expect(stage.store.calls).toEqual(['write', 'write']);
      await until(() => called.length === 2, 'both callbacks');
    },
  },
  {
    title: 'a hundred saved answers on one connection leave no listener on it',
    run: async (stage) => {
      await stage.serve({
        '/begin': begin,
        '/add': ({ data }, { text }) => {
          data['n'] = Number(data['n'] ?? 0) + 1;
          text(String(data['n']));
        },
      });
      const cookie = await stage.begun();
      for (let number = 1; number <= 100; number++)
        expect(await stage.ask('/add', { cookie })).toMatchObject({ body: `${number}` });
    },
  },
  {
    title: 'pipelined requests get their answers in order, however their saves go',
    only: 'http1',
    run: async (stage) => {
      await stage.serve({
        '/:number': ({ data }, { request, text }) => {
          if (request.url !== '/2') data['n'] = 1;
          text(`answer to ${request.url}`);
        },
      });
      const client = await stage.world.client();
      client.pipeline(['/1', '/2', '/3']);
      for (const number of [1, 2, 3])
        expect(await client.answer()).toMatchObject({ body: `answer to /${number}` });
    },
  },
];
