import { ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { expect } from 'vitest';
import type { Behaviour, Exchange, Layer } from '../rig.ts';
import type { Scenario } from '../run-scenario.ts';
import { gate, settled, until } from '../until.ts';
import type { World } from '../world.ts';

type Late = (exchange: Exchange) => unknown;

const breaking = (): Readable =>
  Readable.from(
    (async function* () {
      yield 'late';
      await settled();
      throw new Error('the source broke late');
    })(),
  );

/** What a handler may do who does not know that it was answered for. */
const LATE: Readonly<Record<string, Late>> = {
  'an answer as JSON': ({ json }) => json({ late: true }, 201),
  'an answer as text': ({ text }) => text('late'),
  'an answer without a body': ({ empty }) => empty(204),
  'a field': ({ header }) => header('X-Late', '1'),
  'a field of the plain response': ({ response }) => void response.setHeader('X-Late', '1'),
  'a field that is taken away': ({ response }) => response.removeHeader('X-Powered-By'),
  'a head and writes on the plain response': ({ response }) => {
    response.writeHead(200, { 'X-Late': '1' });
    response.write('late');
    response.end('later');
  },
  'a bare end of the plain response': ({ response }) => void response.end(),
  'flushed headers and trailers': ({ response }) => {
    response.flushHeaders();
    response.addTrailers({ 'X-Late': '1' });
  },
  'an informational answer': ({ response }) => {
    response.writeEarlyHints({ link: '</late.css>; rel=preload' });
    response.writeProcessing();
  },
  'a write that it waits for': ({ response }) =>
    new Promise<void>((resolve) => {
      response.write('late', () => response.end('later', () => resolve()));
    }),
  'a body stream': (exchange) => exchange.stream(Readable.from(['late', 'later'])),
  'a body stream that breaks': (exchange) => exchange.stream(breaking()),
  'a stream that is piped': ({ response }) => void Readable.from(['late']).pipe(response),
  'a stream through a pipeline': ({ response }) => pipeline(Readable.from(['late']), response),
  // As middleware for compression does, which kept them before the handler began.
  'what calls the methods of Node itself': ({ response }) => {
    const { write, end } = ServerResponse.prototype;
    Reflect.apply(write, response, ['late']);
    Reflect.apply(end, response, []);
  },
  'a throw': () => {
    throw new Error('late');
  },
  'a rejection': () => Promise.reject(new Error('late')),
  // oxlint-disable-next-line prefer-promise-reject-errors -- what handlers do
  'a rejection with undefined': () => Promise.reject(),
  'a throw after a write': ({ response }) => {
    response.write('late');
    throw new Error('late');
  },
  'a destroyed response': ({ response }) => void response.destroy(),
  'a destroyed request': ({ request }) => void request.destroy(),
  'a destroyed response with an error': ({ response }) => void response.destroy(new Error('late')),
};

interface Bound {
  readonly by: string;
  readonly status: number;
  /** In front of the circuit. */
  guard(world: World): Layer;
  readonly verdict: 'failures' | 'ignored';
}

const TIMEOUT: Bound = {
  by: 'a timeout',
  status: 503,
  guard: ({ pieces }) => pieces.timeout({ timeoutMs: 25 }),
  verdict: 'failures',
};

const DEADLINE: Bound = {
  by: 'a deadline',
  status: 504,
  guard: ({ pieces }) => pieces.deadline({ deadlineMs: 25 }),
  verdict: 'ignored',
};

/** What comes late must not reach the request that is under way on the connection by then. */
const besideTheNext = (what: string, late: Late, bound: Bound): Scenario => ({
  title: `${what} after ${bound.by} does not reach the next request of the connection`,
  run: async (world) => {
    const circuit = world.circuit();
    world.expectVerdicts(circuit, { [bound.verdict]: 1 });
    const [nextArrived, lateDone] = [gate(), gate()];
    const slow: Behaviour = async (exchange) => {
      await nextArrived.opened;
      try {
        return await late(exchange);
      } finally {
        void settled().then(lateDone.open);
      }
    };
    const next: Behaviour = async ({ text }) => {
      nextArrived.open();
      await lateDone.opened;
      text('next');
    };
    const guards = [bound.guard(world), world.pieces.breaker(circuit)];
    await world.serve({ guards, open: { '/next': next }, routes: { '/slow': slow } });
    const client = await world.client();
    expect(await client.get('/slow')).toMatchObject({ status: bound.status, complete: true });
    expect(await client.get('/next')).toMatchObject({ status: 200, body: 'next' });
  },
});

/** The answer in the handler's stead is being sent, and nothing else has come. */
const atOnce = (what: string, late: Late): Scenario => ({
  title: `${what} as soon as the signal aborts changes nothing of the answer`,
  run: async (world) => {
    const circuit = world.circuit();
    world.expectVerdicts(circuit, { failures: 1 });
    const done = gate();
    const handler: Behaviour = async (exchange) => {
      const { signal } = exchange.inbound();
      await new Promise<void>((resolve) => {
        signal.addEventListener('abort', () => {
          exchange.response.statusCode = 299; // before the response has closed
          resolve();
        });
      });
      try {
        return await late(exchange);
      } finally {
        void settled().then(done.open);
      }
    };
    const guards = [TIMEOUT.guard(world), world.pieces.breaker(circuit)];
    const logged: number[] = [];
    const logs = world.rig.onEntry(({ response }) => {
      response.on('close', () => logged.push(response.statusCode));
    });
    await world.serve({ outer: [logs], guards, routes: { '/': handler } });
    const answer = await (await world.client()).get('/');
    expect(answer).toMatchObject({ status: 503, complete: true });
    expect(answer.headers).not.toHaveProperty('x-late');
    await done.opened;
    await until(() => logged.length > 0, 'the log');
    expect(logged).toEqual([503]);
  },
});

const all = Object.entries(LATE);
const some = (...names: readonly string[]): typeof all =>
  all.filter(([name]) => names.includes(name));

export const LATE_SCENARIOS: readonly Scenario[] = [
  ...all.map(([what, late]) => besideTheNext(what, late, TIMEOUT)),
  ...some('an answer as JSON', 'a throw', 'a rejection', 'a body stream').map(([what, late]) =>
    besideTheNext(what, late, DEADLINE),
  ),
  ...some(
    'an answer as JSON',
    'a field',
    'a body stream',
    'a head and writes on the plain response',
    'a throw',
    'a destroyed response',
  ).map(([what, late]) => atOnce(what, late)),
];
