import { expect } from 'vitest';
import type { Behaviour } from '../rig.ts';
import type { Scenario } from '../run-scenario.ts';
import { gate, until } from '../until.ts';
import { guarded, untilHeld } from './guarded.ts';

const answers: Behaviour = ({ request, text }) => text(`answer to ${request.url}`);
const HUNDRED = Array.from({ length: 100 }, (_, index) => index);

const WAYS = {
  leave: 'a session that its client ends',
  fin: 'a client whose process ends',
  rst: 'a network that breaks',
};

const goesWithAll = (way: keyof typeof WAYS): Scenario => ({
  title: `${WAYS[way]} takes all streams along, begun or not, and blames nobody`,
  only: 'koa',
  run: async (world) => {
    const { guards, circuit, limit } = guarded(world);
    world.expectVerdicts(circuit, { ignored: 3 });
    const handler: Behaviour = ({ raw, request }) => {
      if (request.headers['x-begin'] !== undefined) raw().write('begun');
      return new Promise(() => undefined);
    };
    await world.serveHttp2({ guards, routes: { '/': handler } });
    const client = await world.http2Client();
    client.send('/');
    client.send('/', { method: 'POST' });
    await client.send('/', { headers: { 'x-begin': '1' } }).begun('begun');
    await untilHeld(limit, 3);
    client[way]();
    await untilHeld(limit, 0);
  },
});

/** Several streams of one HTTP/2 session. Express cannot serve it. */
export const HTTP2_SESSION_SCENARIOS: readonly Scenario[] = [
  {
    title: 'a hundred streams at once are answered each, and leave nothing on the session',
    only: 'koa',
    run: async (world) => {
      const { guards, circuit } = guarded(world);
      world.expectVerdicts(circuit, { successes: 100 });
      await world.serveHttp2({ guards, routes: { '/:number': answers } });
      const client = await world.http2Client();
      const streams = HUNDRED.map((number) => client.send(`/${number}`));
      for (const [number, stream] of streams.entries())
        expect(await stream.over()).toMatchObject({ body: `answer to /${number}`, answers: 1 });
    },
  },
  {
    title: 'a hundred streams in turn leave no listener on the session’s socket',
    only: 'koa',
    run: async (world) => {
      const { guards, circuit } = guarded(world);
      world.expectVerdicts(circuit, { successes: 100 });
      await world.serveHttp2({ guards, routes: { '/:number': answers } });
      const client = await world.http2Client();
      await client.get('/ping');
      const before = [...world.server.listenersAt(client.localPort)];
      for (const number of HUNDRED) await client.get(`/${number}`);
      expect([...world.server.listenersAt(client.localPort)]).toEqual(before);
    },
  },
  {
    title: 'a client who cancels in the queue leaves it, and the others are served',
    only: 'koa',
    run: async (world) => {
      const { guards, circuit, limit } = guarded(world, { concurrency: 1, queue: 5 });
      world.expectVerdicts(circuit, { successes: 2 });
      const free = gate();
      const handler: Behaviour = async ({ text }) => {
        await free.opened;
        text('done');
      };
      await world.serveHttp2({ guards, routes: { '/': handler } });
      const client = await world.http2Client();
      const [first, second, third] = [client.send('/'), client.send('/'), client.send('/')];
      await untilHeld(limit, 1, 2);
      second.cancel();
      await untilHeld(limit, 1, 1);
      free.open();
      expect(await first.over()).toMatchObject({ status: 200 });
      expect(await third.over()).toMatchObject({ status: 200 });
    },
  },
  ...(['leave', 'fin', 'rst'] as const).map(goesWithAll),
  {
    title: 'late writes of one stream do not reach another that is under way',
    only: 'koa',
    run: async (world) => {
      const circuit = world.circuit();
      world.expectVerdicts(circuit, { failures: 1 });
      const [late, done] = [gate(), gate()];
      const slow: Behaviour = async ({ json }) => {
        await late.opened;
        json({ late: true });
        done.open();
      };
      const next: Behaviour = async ({ text }) => {
        late.open();
        await done.opened;
        text('next');
      };
      const guards = [world.pieces.timeout({ timeoutMs: 25 }), world.pieces.breaker(circuit)];
      await world.serveHttp2({ guards, open: { '/next': next }, routes: { '/slow': slow } });
      const client = await world.http2Client();
      expect(await client.get('/slow')).toMatchObject({ status: 503, answers: 1 });
      expect(await client.get('/next')).toMatchObject({ status: 200, body: 'next' });
    },
  },
  {
    title: 'a limit is told, and refuses, over HTTP/2 too',
    only: 'koa',
    run: async (world) => {
      const limit = world.pieces.rateLimit({ quota: 1, windowMs: 60_000, key: () => '' });
      await world.serveHttp2({ guards: [limit], routes: { '/': answers } });
      const client = await world.http2Client();
      const [first, second] = [await client.get('/'), await client.get('/')];
      expect([first.status, second.status]).toEqual([200, 429]);
      expect(Number(second.headers['retry-after'])).toBeGreaterThan(0);
    },
  },
  {
    title: 'a trusted field of a gRPC client bounds its request over HTTP/2 too',
    only: 'koa',
    run: async (world) => {
      const guards = [world.pieces.deadline({ trust: true })];
      await world.serveHttp2({ guards, routes: { '/': () => new Promise(() => undefined) } });
      const client = await world.http2Client();
      const exchange = await client.get('/', { headers: { 'grpc-timeout': '40m' } });
      expect(exchange).toMatchObject({ status: 504, answers: 1 });
    },
  },
  {
    title: 'the signal of a stream aborts as its client cancels, and not otherwise',
    only: 'koa',
    run: async (world) => {
      const signals: AbortSignal[] = [];
      const { guards, circuit } = guarded(world);
      world.expectVerdicts(circuit, { successes: 1, ignored: 1 });
      const handler: Behaviour = (exchange) => {
        signals.push(exchange.inbound().signal);
        return exchange.request.url === '/hang' ? new Promise(() => undefined) : answers(exchange);
      };
      await world.serveHttp2({ guards, routes: { '/:what': handler } });
      const client = await world.http2Client();
      await client.get('/answer');
      const hanging = client.send('/hang');
      await until(() => signals.length === 2, 'both requests');
      hanging.cancel();
      await until(() => signals[1]?.aborted, 'the abort');
      expect(signals[0]?.aborted).toBe(false);
    },
  },
];
