import { expect } from 'vitest';
import type { Answer } from '../answer-reader.ts';
import type { Behaviour } from '../rig.ts';
import type { Scenario } from '../run-scenario.ts';
import { EXCEEDED, expectProblem, expectRetryAfter } from './guarded.ts';
import { askInTurn, statusesOf, WINDOW } from './limit-asking.ts';

const answers: Behaviour = ({ text }) => text('answered');

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

/** What limits let through, refuse and tell. */
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
      await (limit as { reset(key?: string): Promise<void> }).reset('one');
      statuses.push((await client.get('/')).status);
      expect(statuses).toEqual([200, 429, 200]);
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
];
