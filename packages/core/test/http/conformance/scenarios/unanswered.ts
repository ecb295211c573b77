import { expect } from 'vitest';
import type { Behaviour } from '../rig.ts';
import type { Scenario } from '../run-scenario.ts';
import { until } from '../until.ts';
import { guarded } from './guarded.ts';

/** Handlers that answer nothing, too much, or not always. */
export const UNANSWERED_SCENARIOS: readonly Scenario[] = [
  {
    title: 'a rejection with undefined is answered, and counted as a failure',
    run: async (world) => {
      // Koa itself never answers one: then it is the timeout's.
      const { guards, circuit } = guarded(world, { timeoutMs: 60 });
      world.expectVerdicts(circuit, { failures: 1 });
      // oxlint-disable-next-line prefer-promise-reject-errors -- what handlers do
      await world.serve({ guards, routes: { '/': () => Promise.reject() } });
      const { status } = await (await world.client()).get('/');
      expect(status).toBeOneOf([500, 503]);
    },
  },
  {
    title: 'a throw after the whole answer was sent does not count',
    run: async (world) => {
      const { guards, circuit } = guarded(world);
      world.expectVerdicts(circuit, { successes: 1 });
      const handler: Behaviour = async ({ raw }) => {
        const response = raw();
        await new Promise<void>((resolve) => {
          response.on('close', resolve).end('whole');
        });
        throw new Error('afterwards');
      };
      await world.serve({ guards, routes: { '/': handler } });
      const client = await world.client();
      expect(await client.get('/')).toMatchObject({ status: 200, body: 'whole', complete: true });
      if (world.rig.name === 'express') await client.hangUp(); // as its final handler always does
    },
  },
  {
    title: 'a path that no route has is answered 404 through the guards',
    run: async (world) => {
      const { guards, circuit } = guarded(world);
      world.expectVerdicts(circuit, { successes: 1 });
      await world.serve({ guards, routes: { '/': ({ text }) => text('') } });
      expect(await (await world.client()).get('/nowhere')).toMatchObject({ status: 404 });
    },
  },
  {
    title: 'a handler that never answers is answered for, once, and counted as a failure',
    run: async (world) => {
      const { guards, circuit } = guarded(world, { timeoutMs: 30 });
      world.expectVerdicts(circuit, { failures: 1 });
      await world.serve({ guards, routes: { '/': () => new Promise(() => undefined) } });
      expect(await (await world.client()).get('/')).toMatchObject({ status: 503 });
    },
  },
  {
    title: 'a client who comes with many requests in turn gets each of their answers',
    run: async (world) => {
      const { guards, circuit } = guarded(world);
      world.expectVerdicts(circuit, { successes: 2, failures: 2 });
      const handler: Behaviour = ({ request, text }) => {
        if (request.headers['x-fail'] !== undefined) throw new Error('asked for');
        text('fine');
      };
      await world.serve({ guards, routes: { '/': handler } });
      const client = await world.client();
      const fail = { headers: { 'X-Fail': '1' } };
      const statuses = [];
      for (const request of [{}, fail, {}, fail])
        statuses.push((await client.get('/', request)).status);
      expect(statuses).toEqual([200, 500, 200, 500]);
    },
  },
  {
    title: 'a status that cannot be judged because the function for it throws is a failure',
    run: async (world) => {
      const failureStatus = (): never => {
        throw new Error('in failureStatus');
      };
      const limit = world.bulkhead({ concurrency: 5 });
      const layer = world.pieces.breaker({ failureStatus });
      world.expectVerdicts(layer, { failures: 1 });
      world.expectWarning(/failureStatus\(\) threw/u);
      await world.serve({
        guards: [layer, world.pieces.bulkhead(limit)],
        routes: { '/': ({ text }) => text('done') },
      });
      expect(await (await world.client()).get('/')).toMatchObject({ status: 200 });
    },
  },
  {
    title: 'an outcome that cannot be counted because the function for it throws crashes nothing',
    run: async (world) => {
      const counts = (): never => {
        throw new Error('in counts');
      };
      const limit = world.bulkhead({ concurrency: 5 });
      const window = { quota: 5, windowMs: 60_000, key: () => '' };
      const layer = world.pieces.rateLimit({ ...window, countOn: 'outcome', counts });
      world.expectWarning(/counts\(\) threw/u);
      await world.serve({
        guards: [layer, world.pieces.bulkhead(limit)],
        routes: { '/': ({ text }) => text('done') },
      });
      expect(await (await world.client()).get('/')).toMatchObject({ status: 200 });
    },
  },
  {
    title: 'middleware in front goes on when the time is over, though the handler never returns',
    only: 'koa',
    run: async (world) => {
      const { guards, circuit } = guarded(world, { timeoutMs: 25 });
      world.expectVerdicts(circuit, { failures: 1 });
      let returned = 0;
      const outer = [world.rig.onReturn(() => returned++)];
      const routes = { '/': () => new Promise(() => undefined) };
      await world.serve({ outer, guards, routes });
      expect(await (await world.client()).get('/')).toMatchObject({ status: 503 });
      await until(() => returned === 1, 'the return of what comes next');
    },
  },
];
