import type { Behaviour, Layer } from '../rig.ts';
import type { Scenario } from '../run-scenario.ts';
import { settled, until } from '../until.ts';
import type { World } from '../world.ts';
import { untilHeld } from './guarded.ts';

/** A scenario with a mistake in its app, and the words in which it must be found. */
export interface Mistake extends Scenario {
  readonly found: RegExp;
}

const answers: Behaviour = ({ text }) => text('answered');
const hangs: Behaviour = () => new Promise(() => undefined);

const oneGet = async (world: World, guards: readonly Layer[], handler = answers): Promise<void> => {
  await world.serve({ guards, routes: { '/': handler } });
  await (await world.client()).get('/');
};

/** A request that is answered by a middleware as wrong as `hook`. */
const wrong = (title: string, found: RegExp, hook: (world: World) => Layer): Mistake => ({
  title,
  found,
  run: async (world) => oneGet(world, [hook(world)]),
});

/** Every one of these must be caught, or the suite proves nothing. */
export const MISTAKES: readonly Mistake[] = [
  {
    title: 'a permit that is released on `finish` alone',
    found: /"bulkhead" still has 1 in flight/u,
    run: async (world) => {
      const limit = world.bulkhead({ concurrency: 5 });
      const layer = world.rig.onEntry(({ response }) => {
        const permit = limit.tryAcquire();
        if (permit.admitted) response.on('finish', () => permit.release());
      });
      await world.serve({ guards: [layer], routes: { '/': hangs } });
      const client = await world.client();
      client.send('/');
      await untilHeld(limit, 1);
      client.rst();
    },
  },
  {
    title: 'a place in a queue that nobody leaves',
    found: /"bulkhead" still has 1 in flight and 1 waiting/u,
    run: async (world) => {
      const limit = world.bulkhead({ concurrency: 1, queue: 1, maxWaitMs: 60_000 });
      const layer = world.rig.onEntry(() => {
        limit.acquire().catch(() => undefined);
        limit.acquire().catch(() => undefined);
      });
      await oneGet(world, [layer]);
    },
  },
  {
    title: 'a client who left and is counted as a failure',
    found: /verdicts .*"failures":1.*, not .*"ignored":1/u,
    run: async (world) => {
      const circuit = world.circuit();
      world.expectVerdicts(circuit, { ignored: 1 });
      const layer = world.rig.onEntry(({ response }) => {
        const permit = circuit.tryAcquire();
        if (permit.admitted) response.on('close', () => permit.failure());
      });
      await world.serve({ guards: [layer], routes: { '/': hangs } });
      const client = await world.client();
      client.send('/');
      await until(() => circuit.inFlight === 1, 'the request');
      client.rst();
    },
  },
  {
    title: 'a circuit of which the scenario says nothing',
    found: /says no verdicts of circuit "circuit"/u,
    run: async (world) => oneGet(world, [world.pieces.breaker(world.circuit())]),
  },
  wrong('a second answer on the connection', /more than the answer: HTTP\/1\.1 503/u, (world) =>
    world.rig.onEntry(({ response }) => {
      const { socket } = response;
      response.on('finish', () => socket?.write('HTTP/1.1 503 Late\r\nContent-Length: 0\r\n\r\n'));
    }),
  ),
  {
    title: 'a body after HEAD',
    found: /got too much: body/u,
    run: async (world) => {
      const layer = world.rig.onEntry(({ response }) => {
        const { socket } = response;
        response.on('finish', () => socket?.write('body'));
      });
      await world.serve({ guards: [layer], routes: { '/': answers } });
      await (await world.client()).get('/', { method: 'HEAD' });
      await settled();
    },
  },
  wrong('a listener that stays on the socket', /left on the socket: close ×\d+/u, (world) =>
    world.rig.onEntry(({ request }) => void request.socket.on('close', () => undefined)),
  ),
  {
    title: 'a dozen listeners that stay on the socket',
    found: /warning: MaxListenersExceededWarning/u,
    run: async (world) => {
      const layer = world.rig.onEntry(
        ({ request }) => void request.socket.on('close', () => undefined),
      );
      await world.serve({ guards: [layer], routes: { '/': answers } });
      const client = await world.client();
      for (let index = 0; index < 15; index++) await client.get('/');
    },
  },
  wrong('a timer that stays', /timers that keep the process alive: 1/u, (world) =>
    world.rig.onEntry(() => void world.clock.setTimer(() => undefined, 60_000)),
  ),
  wrong('a timer that stays and lets the process go', /timers left: 1/u, (world) =>
    world.rig.onEntry(() => void world.clock.setTimer(() => undefined, 60_000).unref()),
  ),
  wrong('a rejection that nobody handles', /unhandledRejection: Error: lost/u, ({ rig }) =>
    rig.onEntry(() => void Promise.reject(new Error('lost'))),
  ),
  wrong('an exception that nobody catches', /uncaughtException: Error: lost/u, ({ rig }) =>
    rig.onEntry(() => {
      setImmediate(() => {
        throw new Error('lost');
      });
    }),
  ),
  {
    title: 'a response that never ends',
    found: /its response is not over: GET \//u,
    run: async (world) => {
      await world.serve({ routes: { '/': hangs } });
      (await world.client()).send('/');
      await until(() => world.server.count === 1, 'the request');
    },
  },
  {
    title: 'a connection that is destroyed between two requests',
    found: /the connection is not usable/u,
    run: async (world) => {
      const layer = world.rig.onEntry(({ request, response }) => {
        response.on('close', () => request.socket.destroy());
      });
      await oneGet(world, [layer]);
    },
  },
  {
    title: 'a timeout that does not stop what its handler writes late',
    found: /somebody answered twice: ERR_HTTP_HEADERS_SENT/u,
    run: async (world) => {
      const layer = world.rig.onEntry(({ response }) => {
        setTimeout(() => response.writeHead(503).end(), 10);
      });
      const handler: Behaviour = async ({ response }) => {
        await new Promise((resolve) => {
          response.on('close', resolve);
        });
        response.setHeader('X-Late', '1');
      };
      await oneGet(world, [layer], handler);
      await settled();
    },
  },
  {
    title: 'a scenario that sees something else',
    found: /never came: an answer/u,
    run: async (world) => {
      await world.serve({ routes: { '/': answers } });
      await until(() => false, 'an answer', 10);
    },
  },
];
