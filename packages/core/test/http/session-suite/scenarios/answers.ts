import type { ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { expect } from 'vitest';
import type { Exchange } from '../../conformance/rig.ts';
import { cookieIn, type SessionScenario } from '../stage.ts';

interface Way {
  readonly title: string;
  readonly method?: string;
  readonly status?: number;
  readonly body?: string;
  /** Other cookies that must come through; none by default. */
  readonly others?: readonly string[];
  readonly only?: 'http1';
  answer(exchange: Exchange): unknown;
}

const raw =
  (write: (response: ServerResponse) => unknown) =>
  (exchange: Exchange): unknown =>
    write(exchange.raw());

const fails = (attempt: () => unknown): void => {
  try {
    attempt();
  } catch {
    return;
  }
  throw new Error('it should have failed');
};

const WAYS: readonly Way[] = [
  { title: 'text', body: 'a text', answer: ({ text }) => text('a text') },
  { title: 'JSON', body: '{"a":1}', answer: ({ json }) => json({ a: 1 }) },
  { title: 'nothing (204)', status: 204, answer: ({ empty }) => empty(204) },
  { title: 'nothing (304)', status: 304, answer: ({ empty }) => empty(304) },
  { title: 'a failure', status: 500, body: 'no', answer: ({ text }) => text('no', 500) },
  { title: 'text to HEAD', method: 'HEAD', answer: ({ text }) => text('a text') },
  { title: 'text to POST', method: 'POST', body: 'a text', answer: ({ text }) => text('a text') },
  {
    title: 'a stream',
    body: 'a stream',
    answer: ({ stream }) => stream(Readable.from(['a ', 'stream'])),
  },
  {
    title: 'an empty stream',
    answer: ({ stream }) => stream(Readable.from([])),
  },
  {
    title: 'writes and an end',
    body: 'abc',
    answer: raw((response) => {
      response.write('a');
      response.write('b');
      response.end('c');
    }),
  },
  {
    title: 'headers first',
    body: 'later',
    answer: raw((response) => {
      response.flushHeaders();
      setImmediate(() => response.end('later'));
    }),
  },
  {
    title: 'an end alone, of bytes',
    body: 'bytes',
    answer: raw((response) => response.end(Buffer.from('bytes'))),
  },
  {
    title: 'an end with an encoding',
    body: 'hex',
    answer: raw((response) => response.end(Buffer.from('hex').toString('hex'), 'hex')),
  },
  {
    title: 'cookies of its own that were set before',
    others: ['a=1', 'b=2'],
    answer: raw((response) => {
      response.setHeader('Set-Cookie', ['a=1', 'b=2']);
      response.end();
    }),
  },
  {
    title: 'a cookie of its own that was set before as a text',
    others: ['a=1'],
    answer: raw((response) => {
      response.setHeader('set-cookie', 'a=1');
      response.writeHead(200, { 'X-Other': 'yes' });
      response.end();
    }),
  },
  {
    title: 'cookies of its own in an object of fields',
    others: ['c=3', 'd=4'],
    answer: raw((response) => {
      response.setHeader('Set-Cookie', 'a=1');
      response.writeHead(200, { 'set-COOKIE': ['c=3', 'd=4'] });
      response.end();
    }),
  },
  {
    title: 'cookies of its own in an array of fields',
    others: ['c=3', 'd=4'],
    answer: raw((response) => {
      response.writeHead(200, ['Set-Cookie', 'c=3', 'X-Other', 'yes', 'set-cookie', 'd=4']);
      response.end();
    }),
  },
  {
    title: 'cookies of its own in pairs of fields',
    others: ['c=3'],
    answer: raw((response) => {
      const pairs = [
        ['Set-Cookie', 'c=3'],
        ['X-Other', 'yes'],
      ];
      response.writeHead(200, pairs as unknown as string[]);
      response.end();
    }),
  },
  {
    title: 'a reason and fields',
    only: 'http1',
    others: ['c=3'],
    answer: raw((response) => {
      response.writeHead(200, 'Fine', { 'Set-Cookie': 'c=3' });
      response.end();
    }),
  },
  {
    title: 'a head that failed before it worked',
    others: ['c=3'],
    answer: raw((response) => {
      response.setHeader('Set-Cookie', 'c=3');
      fails(() => response.writeHead(200, { 'X-Other': undefined }));
      response.writeHead(200);
      response.end();
    }),
  },
  {
    title: 'a head with one more field that failed before it worked',
    only: 'http1',
    answer: raw((response) => {
      fails(() => response.writeHead(200, { 'X-Other': 'two\nlines' }));
      response.end();
    }),
  },
  {
    title: 'a status that nobody can take over',
    body: 'x',
    only: 'http1',
    answer: raw((response) => {
      Object.defineProperty(response, 'statusCode', {
        value: 200,
        writable: true,
        configurable: false,
      });
      response.end('x');
    }),
  },
  {
    title: 'an end that failed before it worked',
    body: 'right',
    answer: raw((response) => {
      fails(() => response.end(1 as never));
      response.end('right');
    }),
  },
];

const answers = ({ title, method, status = 200, body = '', others = [], only, ...way }: Way) =>
  ({
    title: `the cookie goes out, and the session is kept, with ${title}`,
    ...(only === undefined ? {} : { only }),
    run: async (stage) => {
      await stage.serve({
        '/': (session, exchange) => {
          session.data['n'] = 1;
          return way.answer(exchange);
        },
      });
      const answer = await stage.ask('/', method === undefined ? {} : { method });
      expect(answer).toMatchObject({ status, body });
      const cookie = cookieIn(answer);
      expect(answer.cookies.map((each) => each.split(';', 1)[0])).toEqual([...others, cookie]);
      expect(await stage.held(cookie)).toEqual({ state: 'loaded', n: 1 });
    },
  }) satisfies SessionScenario;

export const ANSWER_SCENARIOS: readonly SessionScenario[] = [
  ...WAYS.map(answers),
  {
    title: 'what an error handler of the framework answers has the cookie, and the session is kept',
    run: async (stage) => {
      await stage.serve({
        '/': ({ data }) => {
          data['n'] = 1;
          throw new Error('no');
        },
      });
      const answer = await stage.ask('/');
      expect(answer).toMatchObject({ status: 500 });
      expect(await stage.held(cookieIn(answer))).toEqual({ state: 'loaded', n: 1 });
    },
  },
  {
    title:
      'a session that begins after the headers has no cookie: it is not kept, and a warning says so',
    only: 'http1',
    run: async (stage) => {
      stage.world.expectWarning(/headers of its response were out/u); // once a process
      await stage.serve({
        '/': ({ data }, exchange) => {
          const response = exchange.raw();
          response.write('head ');
          data['n'] = 1;
          response.end('and body');
        },
      });
      expect(await stage.ask('/')).toMatchObject({ body: 'head and body', cookies: [] });
      expect(stage.store.calls).toEqual([]);
    },
  },
];
