import { expect } from 'vitest';
import type { Behaviour } from '../rig.ts';
import type { Scenario } from '../run-scenario.ts';
import { until } from '../until.ts';
import { askInTurn, statusesOf, WINDOW } from './limit-asking.ts';

/** Limits that ask their options of each request, or count by outcome. */
export const LIMIT_BY_REQUEST_SCENARIOS: readonly Scenario[] = [
  {
    title: 'requests that are skipped are not counted, also where that is known later',
    run: async (world) => {
      const skip = world.by((headers) =>
        headers['x-skip'] === 'later' ? Promise.resolve(true) : headers['x-skip'] === 'now',
      );
      const limit = world.pieces.rateLimit({ ...WINDOW, quota: 1, skip });
      const requests = [{ 'X-Skip': 'now' }, { 'X-Skip': 'later' }, {}, {}, { 'X-Skip': 'later' }];
      expect(statusesOf(await askInTurn(world, limit, requests))).toEqual([
        200, 200, 200, 429, 200,
      ]);
    },
  },
  {
    title: 'a quota may depend on the request',
    run: async (world) => {
      const quota = world.by((headers) => (headers['x-plan'] === 'gold' ? 3 : 1));
      const limit = world.pieces.rateLimit({ ...WINDOW, quota });
      const requests = [{}, {}, ...Array.from({ length: 4 }, () => ({ 'X-Plan': 'gold' }))];
      expect(statusesOf(await askInTurn(world, limit, requests))).toEqual([
        200, 429, 200, 200, 200, 429,
      ]);
    },
  },
  {
    title: 'a cost may depend on the request, and 0 is free',
    run: async (world) => {
      const cost = world.by((headers) => Number(headers['x-cost'] ?? 1));
      const limit = world.pieces.rateLimit({ ...WINDOW, quota: 3, cost });
      const requests = [{ 'X-Cost': '2' }, { 'X-Cost': '2' }, {}, {}, { 'X-Cost': '0' }];
      expect(statusesOf(await askInTurn(world, limit, requests))).toEqual([
        200, 429, 200, 429, 200,
      ]);
    },
  },
  {
    title: 'a function among the options that throws fails its own request alone',
    run: async (world) => {
      const key = world.by((headers) => {
        if (headers['x-bad'] === undefined) return 'one';
        throw new Error('in key');
      });
      const limit = world.pieces.rateLimit({ windowMs: 60_000, quota: 5, key });
      const requests = [{ 'X-Bad': '1' }, {}];
      expect(statusesOf(await askInTurn(world, limit, requests))).toEqual([500, 200]);
    },
  },
  {
    title: 'what is counted by outcome counts only the answers that are asked for',
    run: async (world) => {
      const limit = world.pieces.rateLimit({ ...WINDOW, quota: 1, countOn: 'outcome' });
      const handler: Behaviour = ({ request, text }) =>
        text('', request.headers['x-wrong'] === undefined ? 200 : 401);
      const requests = [{}, {}, { 'X-Wrong': '1' }, {}];
      await world.serve({ guards: [limit], routes: { '/': handler } });
      const client = await world.client();
      const statuses: number[] = [];
      for (const headers of requests) {
        statuses.push((await client.get('/', { headers })).status);
        await until(() => world.server.open.length === 0, 'the end of the response');
      }
      expect(statuses).toEqual([200, 200, 401, 429]);
    },
  },
  {
    title: 'a client who leaves before the outcome is counted',
    run: async (world) => {
      const limit = world.pieces.rateLimit({ ...WINDOW, quota: 1, countOn: 'outcome' });
      let arrived = 0;
      await world.serve({
        guards: [limit],
        routes: {
          '/': () => {
            arrived++;
            return new Promise(() => undefined);
          },
        },
      });
      const [first, second] = [await world.client(), await world.client()];
      first.send('/');
      await until(() => arrived === 1, 'the request');
      first.rst();
      await until(() => world.server.open.length === 0, 'the end of the response');
      expect(await second.get('/')).toMatchObject({ status: 429 });
    },
  },
  {
    title: 'functions among the options that throw or reject hold nothing of the guards before',
    run: async (world) => {
      const limit = world.bulkhead({ concurrency: 1 });
      const bad = (by: string) =>
        world.by((headers) => {
          if (headers['x-bad'] === by) throw new Error(by);
          return 1;
        });
      const { pieces } = world;
      const skip = world.by((headers) =>
        headers['x-bad'] === 'skip' ? Promise.reject(new Error('skip')) : false,
      );
      const limited = pieces.rateLimit({ ...WINDOW, quota: 20, skip, cost: bad('cost') });
      const ranked = pieces.bulkhead({ concurrency: 5, priority: bad('priority') });
      await world.serve({
        outer: [pieces.bulkhead(limit)],
        guards: [limited, ranked],
        routes: { '/': ({ text }) => text('done') },
      });
      const client = await world.client();
      const statuses: number[] = [];
      for (const by of ['skip', 'cost', 'priority', 'none']) {
        statuses.push((await client.get('/', { headers: { 'X-Bad': by } })).status);
        await until(() => world.server.open.length === 0, 'the end of the response');
      }
      expect(statuses).toEqual([500, 500, 500, 200]);
    },
  },
];
