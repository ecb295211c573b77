import { expect } from 'vitest';
import type { Answer } from '../answer-reader.ts';
import type { Behaviour, Layer } from '../rig.ts';
import type { Scenario } from '../run-scenario.ts';
import { until } from '../until.ts';
import type { World } from '../world.ts';
import { EXCEEDED, expectProblem, expectRetryAfter } from './guarded.ts';

const answers: Behaviour = ({ text }) => text('answered');
const WINDOW = { windowMs: 60_000, key: () => 'one' };

/** Serves a limit and asks in turn; each request may carry fields. */
const askInTurn = async (
  world: World,
  limit: Layer,
  requests: readonly Readonly<Record<string, string>>[],
  handler: Behaviour = answers,
): Promise<readonly Answer[]> => {
  await world.serve({ guards: [limit], routes: { '/': handler } });
  const client = await world.client();
  const seen: Answer[] = [];
  for (const headers of requests) seen.push(await client.get('/', { headers }));
  return seen;
};

const statusesOf = (seen: readonly Answer[]): readonly number[] => seen.map(({ status }) => status);

const times = (count: number): readonly Readonly<Record<string, string>>[] =>
  Array.from({ length: count }, () => ({}));

const LEGACY = ['x-ratelimit-limit', 'x-ratelimit-remaining', 'x-ratelimit-reset'];
const DRAFT = ['ratelimit', 'ratelimit-policy'];

const withFields = (fields: string, expected: readonly string[]): Scenario => ({
  title: `fields "${fields}" tell what is left in ${expected.length === 0 ? 'none' : expected.join(' and ')}`,
  run: async (world) => {
    const limit = world.pieces.rateLimit({ ...WINDOW, quota: 1, fields });
    for (const { headers } of await askInTurn(world, limit, times(2)))
      expect(
        Object.keys(headers)
          .filter((name) => name.includes('ratelimit'))
          .toSorted(),
      ).toEqual(expected.toSorted());
  },
});

export const RATE_LIMIT_SCENARIOS: readonly Scenario[] = [
  {
    title: 'a limit tells what is left on each answer, and refuses with 429 when nothing is',
    run: async (world) => {
      const limit = world.pieces.rateLimit({ ...WINDOW, quota: 2, name: 'burst' });
      const [first, second, third] = await askInTurn(world, limit, times(3));
      expect(first?.headers).toMatchObject({ 'ratelimit-policy': '"burst";q=2;w=60' });
      expect(first?.headers['ratelimit']).toMatch(/^"burst";r=1;t=\d+$/u);
      expect(second?.headers['ratelimit']).toMatch(/^"burst";r=0;t=\d+$/u);
      expectProblem(third as Answer, 429, EXCEEDED);
      expectRetryAfter(third as Answer, 67);
      expect(JSON.parse((third as Answer).body)).toMatchObject({ 'violated-policies': ['burst'] });
      const resetSeconds = Number(/t=(\d+)/u.exec(third?.headers['ratelimit'] ?? '')?.[1]);
      expect(Number(third?.headers['retry-after'])).toBeGreaterThanOrEqual(resetSeconds);
    },
  },
  withFields('draft', DRAFT),
  withFields('legacy', LEGACY),
  withFields('both', [...DRAFT, ...LEGACY]),
  withFields('none', []),
  {
    title: 'each key has units of its own',
    run: async (world) => {
      const key = world.by((headers) => String(headers['x-tenant']));
      const limit = world.pieces.rateLimit({ windowMs: 60_000, quota: 1, key });
      const tenants = ['a', 'b', 'a', 'b'].map((tenant) => ({ 'X-Tenant': tenant }));
      expect(statusesOf(await askInTurn(world, limit, tenants))).toEqual([200, 200, 429, 429]);
    },
  },
  {
    title: 'a key of null is not limited',
    run: async (world) => {
      const limit = world.pieces.rateLimit({ windowMs: 60_000, quota: 1, key: () => null });
      expect(statusesOf(await askInTurn(world, limit, times(3)))).toEqual([200, 200, 200]);
    },
  },
  {
    title: 'without a key a client is limited by its address',
    run: async (world) => {
      const limit = world.pieces.rateLimit({ windowMs: 60_000, quota: 1 });
      expect(statusesOf(await askInTurn(world, limit, times(2)))).toEqual([200, 429]);
    },
  },
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
    title: 'a handler can read what was decided',
    run: async (world) => {
      const limit = world.pieces.rateLimit({ ...WINDOW, quota: 5, name: 'burst' });
      let seen: unknown;
      await askInTurn(world, limit, [{}], ({ inbound, text }) => {
        seen = inbound().rateLimits;
        text('done');
      });
      expect(seen).toMatchObject([{ name: 'burst', limit: 5, remaining: 4, admitted: true }]);
    },
  },
  {
    title: 'a reset gives one key all of its units back',
    run: async (world) => {
      const limit = world.pieces.rateLimit({ ...WINDOW, quota: 1 });
      await world.serve({ guards: [limit], routes: { '/': answers } });
      const client = await world.client();
      const statuses = [(await client.get('/')).status, (await client.get('/')).status];
      (limit as { reset(key?: string): void }).reset('one');
      statuses.push((await client.get('/')).status);
      expect(statuses).toEqual([200, 429, 200]);
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
    title: 'the fields of a limit survive an error of the handler',
    run: async (world) => {
      const limit = world.pieces.rateLimit({ ...WINDOW, quota: 5 });
      const [answer] = await askInTurn(world, limit, [{}], () => {
        throw new Error('no');
      });
      expect(answer?.status).toBe(500);
      expect(answer?.headers).toHaveProperty('ratelimit-policy');
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
];
