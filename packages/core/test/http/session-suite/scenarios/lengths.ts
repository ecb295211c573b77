import { writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { expect } from 'vitest';
import type { Exchange } from '../../conformance/rig.ts';
import { gate, settled, until } from '../../conformance/until.ts';
import { cookieIn, type Handler, type SessionScenario } from '../stage.ts';
import { begin } from './basics.ts';

const written = (response: ServerResponse, text: string): Promise<void> =>
  new Promise((resolve) => {
    response.write(text, () => resolve());
  });

/** A source that has given all and has not ended yet when the answer goes out. */
const slowToEnd = async function* (ended: () => void): AsyncGenerator<string> {
  yield 'all is ';
  yield 'well';
  await settled();
  await settled();
  ended();
};

interface Way {
  readonly title: string;
  answer(exchange: Exchange): unknown;
}

/** Ways to answer with `all is well`, its length told first, in parts. */
const WAYS: readonly Way[] = [
  {
    title: 'writes that nobody waits for',
    answer: (exchange) => {
      const response = exchange.raw();
      response.setHeader('Content-Length', 11);
      response.write('all is ');
      response.write('well');
      response.end();
    },
  },
  {
    title: 'writes, each of which is waited for',
    answer: async (exchange) => {
      const response = exchange.raw();
      response.setHeader('Content-Length', '11');
      await written(response, 'all is ');
      await written(response, 'well');
      response.end();
    },
  },
  {
    title: 'one write of it all',
    answer: async (exchange) => {
      const response = exchange.raw();
      response.setHeader('Content-Length', 11);
      await written(response, 'all is well');
      await settled();
      response.end();
    },
  },
  {
    title: 'a head that tells the length',
    answer: async (exchange) => {
      const response = exchange.raw();
      response.writeHead(200, { 'content-length': 11 });
      await written(response, 'all is ');
      response.write(Buffer.from('well').toString('hex'), 'hex');
      await settled();
      response.end();
    },
  },
  {
    title: 'a head with a reason that tells the length',
    answer: async (exchange) => {
      const response = exchange.raw();
      const head = ['Content-Length', '11'];
      if (exchange.request.httpVersionMajor === 2) response.writeHead(200, head);
      else response.writeHead(200, 'OK', head);
      await written(response, 'all is ');
      await written(response, 'well');
      response.end();
    },
  },
  {
    title: 'a stream',
    answer: (exchange) => {
      const streaming = exchange.stream(Readable.from([Buffer.from('all is '), 'well']));
      exchange.response.setHeader('Content-Length', 11);
      return streaming;
    },
  },
  {
    title: 'a pipeline whose source is slow to end',
    answer: async (exchange) => {
      const response = exchange.raw();
      response.setHeader('Content-Length', 11);
      let ended = false;
      await pipeline(
        slowToEnd(() => (ended = true)),
        response,
      );
      expect(ended).toBe(true);
    },
  },
];

const waits = ({ title, answer }: Way): SessionScenario => ({
  title: `an answer whose length was told is not complete before it is saved: ${title}`,
  run: async (stage) => {
    const writes = stage.store.holdWrites();
    const done = gate();
    await stage.serve({
      '/': async ({ data }, exchange) => {
        data['n'] = 1;
        await answer(exchange);
        done.open();
      },
    });
    let answered = false;
    const asked = stage.ask('/').finally(() => (answered = true));
    await until(() => stage.store.calls.includes('write'), 'a write');
    await settled();
    expect(answered).toBe(false);
    writes.open();
    const seen = await asked;
    expect(seen).toMatchObject({ status: 200, body: 'all is well' });
    await done.opened;
    expect(await stage.held(cookieIn(seen))).toEqual({ state: 'loaded', n: 1 });
  },
});

/** Tells the length, and answers in two parts. */
const inParts =
  (between: (response: ServerResponse) => unknown): Handler =>
  async ({ data }, exchange) => {
    const response = exchange.raw();
    data['n'] = 1;
    response.setHeader('Content-Length', 11);
    await between(response);
    response.write('well');
    response.end();
  };

export const LENGTH_SCENARIOS: readonly SessionScenario[] = [
  ...WAYS.map(waits),
  {
    title: 'a file is not sent before it is saved; where that fails the answer is 503',
    only: 'express',
    run: async (stage) => {
      const folder = await mkdtemp(join(tmpdir(), 'session-'));
      stage.world.onRelease(() => void rm(folder, { recursive: true }));
      const file = join(folder, 'file.txt');
      writeFileSync(file, 'x'.repeat(200_000));
      const sends =
        (path: string): Handler =>
        ({ data }, { response }) => {
          data['n'] = 1;
          Reflect.apply(Reflect.get(response, 'sendFile') as () => void, response, [path]);
        };
      writeFileSync(join(folder, 'small.txt'), 'small');
      await stage.serve({ '/': sends(file), '/small': sends(join(folder, 'small.txt')) });
      const answer = await stage.ask('/');
      expect(answer).toMatchObject({ status: 200, body: 'x'.repeat(200_000) });
      expect(await stage.held(cookieIn(answer))).toEqual({ state: 'loaded', n: 1 });
      stage.store.lose();
      expect(await stage.ask('/small')).toMatchObject({ status: 503, cookies: [] });
      stage.store.lose(false);
      expect(await stage.ask('/small')).toMatchObject({ status: 200, body: 'small' });
    },
  },
  {
    title: 'a body of which nothing is out and that cannot be saved is 503, on the same connection',
    only: 'http1', // over HTTP/2 the end alone waits, and the head is out by then
    run: async (stage) => {
      await stage.serve({
        '/': async ({ data }, exchange) => {
          const response = exchange.raw();
          data['n'] = 1;
          response.setHeader('Content-Length', 11);
          stage.store.lose();
          await written(response, 'all is well');
          response.end();
        },
      });
      expect(await stage.ask('/')).toMatchObject({ status: 503, cookies: [] });
      stage.store.lose(false);
      expect(await stage.ask('/see')).toMatchObject({ status: 200 });
    },
  },
  {
    title: 'a body of which some is out and that cannot be saved breaks off',
    only: 'http1',
    run: async (stage) => {
      await stage.serve({
        '/': inParts((response) => {
          stage.store.lose();
          return written(response, 'all is ');
        }),
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
    title: 'what changes between the last part and the end is saved, too',
    run: async (stage) => {
      await stage.serve({
        '/': async ({ data }, exchange) => {
          const response = exchange.raw();
          data['n'] = 1;
          response.setHeader('Content-Length', 4);
          await written(response, 'well');
          data['m'] = 2;
          response.end();
        },
      });
      const cookie = cookieIn(await stage.ask('/'));
      await until(() => stage.store.calls.length >= 1, 'a write');
      await settled();
      expect(await stage.held(cookie)).toEqual({ state: 'loaded', n: 1, m: 2 });
    },
  },
  {
    title: 'a handler that throws while the last part waits breaks off, as after any part',
    only: 'http1',
    run: async (stage) => {
      const writes = stage.store.holdWrites();
      await stage.serve({
        '/': ({ data }, exchange) => {
          const response = exchange.raw();
          data['n'] = 1;
          response.setHeader('Content-Length', 11);
          response.write('all is well');
          throw new Error('too late');
        },
      });
      const client = await stage.world.client();
      client.send('/');
      await client.hangUp();
      writes.open();
      await settled();
      expect(client.answers).toEqual([]);
    },
  },
  {
    title: 'one that has ended it, too, does not',
    only: 'http1',
    run: async (stage) => {
      const writes = stage.store.holdWrites();
      await stage.serve({
        '/': ({ data }, exchange) => {
          const response = exchange.raw();
          data['n'] = 1;
          response.setHeader('Content-Length', 11);
          response.write('all is well');
          response.end();
          throw new Error('too late');
        },
      });
      const asked = stage.ask('/');
      await until(() => stage.store.calls.includes('write'), 'a write');
      await settled();
      writes.open();
      expect(await asked).toMatchObject({ status: 200, body: 'all is well' });
    },
  },
  {
    title: 'two kinds of sessions are both saved before the last part',
    run: async (stage) => {
      const outer = stage.sessions({ name: 'outer', cookie: { name: '__Host-outer' } });
      const mark = stage.world.rig.onEntry((exchange) => {
        stage.sessionOf(exchange).data['outer'] = true;
      });
      const called: string[] = [];
      await stage.serve(
        {
          '/': ({ data }, exchange) => {
            const response = exchange.raw();
            data['inner'] = true;
            response.setHeader('Content-Length', 11);
            response.write('all is ', () => called.push('first'));
            response.write('well', () => called.push('last'));
            response.end(() => called.push('end'));
          },
        },
        { guards: [outer, mark, stage.sessions()] },
      );
      const answer = await stage.ask('/');
      expect(answer).toMatchObject({ status: 200, body: 'all is well' });
      expect(answer.cookies).toHaveLength(2);
      expect(stage.store.calls).toEqual(['write', 'write']);
      await until(() => called.length === 3, 'all callbacks');
      expect(new Set(called)).toEqual(new Set(['first', 'last', 'end']));
    },
  },
  {
    title: 'a stream of a session that has not changed waits for nothing',
    run: async (stage) => {
      await stage.serve({
        '/begin': begin,
        '/': (_, exchange) => {
          const response = exchange.raw();
          stage.store.lose(); // nothing is asked of it
          response.setHeader('Content-Length', 11);
          response.write('all is ');
          response.write('well');
          response.end();
        },
      });
      const cookie = await stage.begun();
      expect(await stage.ask('/', { cookie })).toMatchObject({ body: 'all is well' });
      stage.store.lose(false);
    },
  },
];
