import { expect } from 'vitest';
import { countWindow, type CircuitBreaker } from '../../../../src/index.ts';
import { PREFIXES, type Layer, type Mount } from '../rig.ts';
import type { Scenario } from '../run-scenario.ts';
import { gate } from '../until.ts';
import { expectHeld, expectProblem, guarded, REDUCED, untilHeld } from './guarded.ts';

const PLACES: Readonly<Record<Mount, string>> = {
  app: 'on the app',
  router: 'on a router',
  route: 'on one route',
  'nested-router': 'on a nested router',
  'sub-app': 'on a sub-app',
};

const MOUNTS = Object.keys(PREFIXES) as Mount[];

const ofMount = (mount: Mount): readonly Scenario[] => [
  {
    title: `guards ${PLACES[mount]} let answers through, and count them`,
    run: async (world) => {
      const { guards, circuit } = guarded(world);
      world.expectVerdicts(circuit, { successes: 2 });
      await world.serve({ mount, guards, routes: { '/:id': ({ text }) => text('here') } });
      const client = await world.client();
      expect(await client.get(world.at('/1'))).toMatchObject({ status: 200, body: 'here' });
      expect(await client.get(world.at('/2'))).toMatchObject({ status: 200, body: 'here' });
    },
  },
  {
    title: `guards ${PLACES[mount]} see what handlers throw as the status that clients get`,
    run: async (world) => {
      const { guards, circuit } = guarded(world);
      world.expectVerdicts(circuit, { failures: 1 });
      const fails = (): never => {
        throw new Error('no');
      };
      await world.serve({ mount, guards, routes: { '/': fails } });
      expect(await (await world.client()).get(world.at('/'))).toMatchObject({ status: 500 });
    },
  },
  {
    title: `guards ${PLACES[mount]} refuse, and answer for handlers that do not`,
    run: async (world) => {
      const { guards, circuit } = guarded(world, { timeoutMs: 20 });
      world.expectVerdicts(circuit, { failures: 1 });
      await world.serve({ mount, guards, routes: { '/': () => new Promise(() => undefined) } });
      const client = await world.client();
      expectProblem(await client.get(world.at('/')), 503, 'about:blank');
      circuit.isolate('for the test');
      expectProblem(await client.get(world.at('/')), 503, REDUCED);
    },
  },
  {
    title: `guards ${PLACES[mount]} hold a permit until the answer is out, after a wait too`,
    run: async (world) => {
      const { guards, circuit, limit } = guarded(world, { concurrency: 1, queue: 1 });
      world.expectVerdicts(circuit, { successes: 2 });
      const free = gate();
      await world.serve({
        mount,
        guards,
        routes: { '/': ({ text }) => free.opened.then(() => text('done')) },
      });
      const [first, second] = [await world.client(), await world.client()];
      first.send(world.at('/'));
      await untilHeld(limit, 1);
      second.send(world.at('/'));
      await untilHeld(limit, 1, 1);
      free.open();
      expect(await first.answer()).toMatchObject({ body: 'done' });
      expect(await second.answer()).toMatchObject({ body: 'done' });
      await untilHeld(limit, 0);
      expectHeld(limit, 0);
    },
  },
];

interface WithCircuits {
  readonly circuits: Iterable<unknown> & {
    readonly size: number;
    entries(): Iterable<[string, CircuitBreaker]>;
  };
}

/** How many calls each circuit of a layer has seen. */
const callsOf = (layer: Layer): readonly number[] =>
  [...(layer as WithCircuits).circuits.entries()]
    .map(([, circuit]) => circuit.snapshot().counters.admitted)
    .toSorted((left, right) => left - right);

export const MOUNT_SCENARIOS: readonly Scenario[] = [
  ...MOUNTS.flatMap(ofMount),
  {
    title: 'a breaker on routes has one circuit for each template, whatever the URL',
    run: async (world) => {
      const layer = world.pieces.breaker({});
      world.expectVerdicts(layer, { successes: 5 });
      await world.serve({
        mount: 'route',
        guards: [layer],
        routes: { '/orders/:id': ({ text }) => text(''), '/users/:id': ({ text }) => text('') },
      });
      const client = await world.client();
      for (const path of ['/orders/1', '/orders/2', '/orders/3', '/users/1', '/users/2'])
        await client.get(path);
      expect(callsOf(layer)).toEqual([2, 3]);
    },
  },
  {
    title: 'a breaker on routes tells methods apart, but not HEAD from GET',
    run: async (world) => {
      const layer = world.pieces.breaker({});
      world.expectVerdicts(layer, { successes: 4 });
      await world.serve({
        mount: 'route',
        guards: [layer],
        routes: { '/orders/:id': ({ text }) => text('') },
      });
      const client = await world.client();
      await client.get('/orders/1');
      await client.get('/orders/1', { method: 'HEAD' });
      await client.get('/orders/1', { method: 'DELETE' });
      await client.get('/orders/2', { method: 'DELETE' });
      expect(callsOf(layer)).toEqual([2, 2]);
    },
  },
  {
    title: 'a breaker on the app has one circuit for all, however many paths are asked for',
    run: async (world) => {
      const layer = world.pieces.breaker({});
      world.expectVerdicts(layer, { successes: 20 });
      await world.serve({ guards: [layer], routes: { '/:any': ({ text }) => text('') } });
      const client = await world.client();
      for (let index = 0; index < 20; index++) await client.get(`/${index}`);
      expect(callsOf(layer)).toEqual([20]);
    },
  },
  {
    title: 'an open circuit of one route leaves the other routes alone',
    run: async (world) => {
      const layer = world.pieces.breaker({ trip: countWindow({ size: 2, failureRate: 1 }) });
      world.expectVerdicts(layer, { successes: 1, failures: 2 });
      await world.serve({
        mount: 'route',
        guards: [layer],
        routes: {
          '/bad': ({ text }) => text('', 500),
          '/good': ({ text }) => text('good'),
        },
      });
      const client = await world.client();
      const statuses = [];
      for (const path of ['/bad', '/bad', '/bad', '/good'])
        statuses.push((await client.get(path)).status);
      expect(statuses).toEqual([500, 500, 503, 200]);
    },
  },
];
