import { expect } from 'vitest';
import type { Behaviour } from '../rig.ts';
import type { Scenario } from '../run-scenario.ts';
import { gate, until } from '../until.ts';
import { EXCEEDED, expectHeld, expectProblem, REDUCED, untilHeld } from './guarded.ts';

const answers: Behaviour = ({ text }) => text('answered');
const hangs: Behaviour = () => new Promise(() => undefined);
const WINDOW = { windowMs: 60_000, key: () => 'one' };

/** All guards in one, in their order. */
export const GUARD_SCENARIOS: readonly Scenario[] = [
  {
    title: 'a guard of all parts lets answers through, and leaves nothing',
    run: async (world) => {
      const breaker = world.circuit();
      const limit = world.bulkhead({ concurrency: 5 });
      world.expectVerdicts(breaker, { successes: 1 });
      const guard = world.pieces.guard({
        health: {},
        deadline: {},
        rateLimit: { ...WINDOW, quota: 5 },
        bulkhead: limit,
        timeout: { timeoutMs: 20_000 },
        breaker,
      });
      const handler: Behaviour = ({ inbound, text }) => {
        expectHeld(limit, 1);
        const { deadline, rateLimits, signal } = inbound();
        expect({ deadline, limits: rateLimits.length, aborted: signal.aborted }).toEqual({
          deadline: expect.any(Number) as number,
          limits: 1,
          aborted: false,
        });
        text('answered');
      };
      await world.serve({ guards: [guard], routes: { '/': handler } });
      const answer = await (await world.client()).get('/');
      expect(answer).toMatchObject({ status: 200, body: 'answered' });
      expect(answer.headers).toHaveProperty('ratelimit');
    },
  },
  {
    title: 'health answers in front of everything that turns requests away',
    run: async (world) => {
      const breaker = world.circuit();
      world.expectVerdicts(breaker, {});
      breaker.isolate('for the test');
      const guard = world.pieces.guard({
        health: {},
        rateLimit: { ...WINDOW, quota: 1 },
        breaker,
      });
      await world.serve({ guards: [guard], routes: { '/': answers } });
      const client = await world.client();
      for (let index = 0; index < 3; index++)
        expect(await client.get('/livez')).toMatchObject({ status: 200 });
      expect(await client.get('/livez', { method: 'HEAD' })).toMatchObject({ body: '' });
      expectProblem(await client.get('/'), 503, REDUCED);
      expectProblem(await client.get('/'), 429, EXCEEDED);
      expect(await client.get('/readyz')).toMatchObject({ status: 200 });
    },
  },
  {
    title: 'a rate limit in a guard stands in front of the bulkhead, which sees less',
    run: async (world) => {
      const limit = world.bulkhead({ concurrency: 1 });
      const guard = world.pieces.guard({ bulkhead: limit, rateLimit: { ...WINDOW, quota: 1 } });
      await world.serve({ guards: [guard], routes: { '/': answers } });
      const client = await world.client();
      await client.get('/');
      expectProblem(await client.get('/'), 429, EXCEEDED);
      expect(limit.snapshot().admitted).toBe(1);
    },
  },
  {
    title: 'a timeout in a guard counts no time in the queue',
    run: async (world) => {
      const limit = world.bulkhead({ concurrency: 1, queue: 1, maxWaitMs: 10_000 });
      const permit = limit.tryAcquire();
      if (permit.admitted) world.onRelease(() => permit.release());
      const guard = world.pieces.guard({ timeout: { timeoutMs: 40 }, bulkhead: limit });
      await world.serve({ guards: [guard], routes: { '/': answers } });
      const client = await world.client();
      client.send('/');
      await untilHeld(limit, 1, 1);
      await new Promise((resolve) => {
        setTimeout(resolve, 60);
      });
      world.release();
      expect(await client.answer()).toMatchObject({ status: 200 });
    },
  },
  {
    title: 'a deadline in a guard counts the time in the queue',
    run: async (world) => {
      const limit = world.bulkhead({ concurrency: 1, queue: 1, maxWaitMs: 10_000 });
      const permit = limit.tryAcquire();
      if (permit.admitted) world.onRelease(() => permit.release());
      const guard = world.pieces.guard({ deadline: { deadlineMs: 40 }, bulkhead: limit });
      await world.serve({ guards: [guard], routes: { '/': answers } });
      expectProblem(await (await world.client()).get('/'), 504, 'about:blank');
      expectHeld(limit, 1);
      world.release();
    },
  },
  {
    title: 'a breaker in a guard sees no refusal of the parts in front of it',
    run: async (world) => {
      const breaker = world.circuit();
      world.expectVerdicts(breaker, { successes: 1 });
      const guard = world.pieces.guard({ rateLimit: { ...WINDOW, quota: 1 }, breaker });
      await world.serve({ guards: [guard], routes: { '/': answers } });
      const client = await world.client();
      await client.get('/');
      await client.get('/');
      expect(breaker.snapshot().counters.admitted).toBe(1);
    },
  },
  {
    title: 'a breaker in a guard counts the timeout of the same guard as a failure',
    run: async (world) => {
      const breaker = world.circuit();
      world.expectVerdicts(breaker, { failures: 1 });
      const guard = world.pieces.guard({ timeout: { timeoutMs: 20 }, breaker });
      await world.serve({ guards: [guard], routes: { '/': hangs } });
      expectProblem(await (await world.client()).get('/'), 503, 'about:blank');
    },
  },
  {
    title: 'one way of answering holds for all parts of a guard',
    run: async (world) => {
      const codes: unknown[] = [];
      const breaker = world.circuit();
      world.expectVerdicts(breaker, { failures: 1 });
      const guard = world.pieces.guard({
        timeout: { timeoutMs: 20 },
        rateLimit: { ...WINDOW, quota: 1 },
        breaker,
        onReject: ({ error }: { readonly error: { readonly code: string } }) => {
          codes.push(error.code);
          return { body: 'own' };
        },
      });
      await world.serve({ guards: [guard], routes: { '/': hangs } });
      const client = await world.client();
      expect(await client.get('/')).toMatchObject({ status: 503, body: 'own' });
      expect(await client.get('/')).toMatchObject({ status: 429, body: 'own' });
      expect(codes).toEqual(['HF_TIMEOUT', 'HF_RATE_LIMITED']);
    },
  },
  {
    title: 'two guards, on the app and behind it, hold what they hold once each',
    run: async (world) => {
      const [outer, inner] = [
        world.bulkhead({ name: 'outer', concurrency: 3 }),
        world.bulkhead({ name: 'inner', concurrency: 3 }),
      ];
      const free = gate();
      await world.serve({
        outer: [world.pieces.guard({ bulkhead: outer, timeout: { timeoutMs: 20_000 } })],
        guards: [world.pieces.guard({ bulkhead: inner, timeout: { timeoutMs: 20_000 } })],
        routes: { '/': ({ text }) => free.opened.then(() => text('done')) },
      });
      const client = await world.client();
      client.send('/');
      await untilHeld(inner, 1);
      expectHeld(outer, 1);
      free.open();
      expect(await client.answer()).toMatchObject({ body: 'done' });
    },
  },
  {
    title: 'a probe of a half-open circuit whose client leaves gives its place to the next',
    run: async (world) => {
      const breaker = world.circuit({ halfOpen: { probes: 1 } });
      world.expectVerdicts(breaker, { ignored: 1, successes: 1 });
      breaker.open(1);
      const guard = world.pieces.guard({ breaker, bulkhead: { concurrency: 5 } });
      const arrived = gate();
      const handler: Behaviour = (exchange) => {
        if (exchange.request.headers['x-hang'] === undefined) return answers(exchange);
        arrived.open();
        return hangs(exchange);
      };
      await world.serve({ guards: [guard], routes: { '/': handler } });
      const [first, second] = [await world.client(), await world.client()];
      first.send('/', { headers: { 'X-Hang': '1' } });
      await arrived.opened;
      expect(await second.get('/')).toMatchObject({ status: 503 });
      first.rst();
      await until(() => breaker.snapshot().counters.ignored === 1, 'the verdict');
      expect(await second.get('/')).toMatchObject({ status: 200 });
      expect(breaker.state).toBe('CLOSED');
    },
  },
];
