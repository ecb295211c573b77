import { expect } from 'vitest';
import type { Behaviour } from '../rig.ts';
import type { Scenario } from '../run-scenario.ts';
import { gate } from '../until.ts';
import { EXCEEDED, expectHeld, expectProblem, REDUCED, untilHeld } from './guarded.ts';

const answers: Behaviour = ({ text }) => text('answered');

/** Bulkheads and rate limits behind one another, and limits of time around queues. */
export const NESTED_LIMIT_SCENARIOS: readonly Scenario[] = [
  {
    title: 'two bulkheads hold a permit each until the answer is out',
    run: async (world) => {
      const outer = world.bulkhead({ name: 'outer', concurrency: 5 });
      const inner = world.bulkhead({ name: 'inner', concurrency: 1 });
      const free = gate();
      await world.serve({
        outer: [world.pieces.bulkhead(outer)],
        guards: [world.pieces.bulkhead(inner)],
        routes: { '/': ({ text }) => free.opened.then(() => text('done')) },
      });
      const [first, second] = [await world.client(), await world.client()];
      first.send('/');
      await untilHeld(inner, 1);
      expectHeld(outer, 1);
      expectProblem(await second.get('/'), 503, REDUCED);
      await untilHeld(outer, 1);
      free.open();
      expect(await first.answer()).toMatchObject({ body: 'done' });
      await untilHeld(outer, 0);
    },
  },
  {
    title: 'the same bulkhead on the app and on the router does not starve itself',
    run: async (world) => {
      const limit = world.bulkhead({ concurrency: 2 });
      await world.serve({
        outer: [world.pieces.bulkhead(limit)],
        guards: [world.pieces.bulkhead(limit)],
        routes: { '/': answers },
      });
      const client = await world.client();
      expect(await client.get('/')).toMatchObject({ status: 200 });
      expect(await client.get('/')).toMatchObject({ status: 200 });
    },
  },
  {
    title: 'a time in the queue that is too long is the timeout’s in front, and the place is free',
    run: async (world) => {
      const limit = world.bulkhead({ concurrency: 1, queue: 5, maxWaitMs: 10_000 });
      const free = gate();
      let calls = 0;
      await world.serve({
        outer: [world.pieces.timeout({ timeoutMs: 60 })],
        guards: [world.pieces.bulkhead(limit)],
        routes: {
          '/': async ({ raw }) => {
            calls++;
            const response = raw();
            response.write('begun');
            await free.opened;
            response.end();
          },
        },
      });
      const [first, second] = [await world.client(), await world.client()];
      first.send('/');
      await first.begun('begun');
      expect(await second.get('/')).toMatchObject({ status: 503 });
      await untilHeld(limit, 1, 0);
      free.open();
      expect(await first.answer()).toMatchObject({ status: 200, complete: true });
      expect(calls).toBe(1);
    },
  },
  {
    title: 'a place in the queue that nobody frees in time is refused by the bulkhead',
    run: async (world) => {
      const limit = world.bulkhead({ concurrency: 1, queue: 5, maxWaitMs: 25 });
      const circuit = world.circuit();
      world.expectVerdicts(circuit, { successes: 1 });
      const free = gate();
      await world.serve({
        guards: [world.pieces.bulkhead(limit), world.pieces.breaker(circuit)],
        routes: { '/': ({ text }) => free.opened.then(() => text('done')) },
      });
      const [first, second] = [await world.client(), await world.client()];
      first.send('/');
      await untilHeld(limit, 1);
      expectProblem(await second.get('/'), 503, REDUCED);
      free.open();
      expect(await first.answer()).toMatchObject({ status: 200 });
    },
  },
  {
    title: 'two rate limits are both told, and the one that is used up refuses',
    run: async (world) => {
      const { pieces } = world;
      const one = { windowMs: 60_000, key: () => 'one' };
      let seen: readonly object[] = [];
      await world.serve({
        outer: [pieces.rateLimit({ ...one, name: 'wide', quota: 10 })],
        guards: [pieces.rateLimit({ ...one, name: 'narrow', quota: 1 })],
        routes: {
          '/': ({ inbound, text }) => {
            seen = inbound().rateLimits;
            text('done');
          },
        },
      });
      const client = await world.client();
      const { headers } = await client.get('/');
      expect(headers['ratelimit']).toMatch(/^"wide";r=9;t=\d+, "narrow";r=0;t=\d+$/u);
      expect(seen).toMatchObject([
        { name: 'wide', admitted: true, remaining: 9 },
        { name: 'narrow', admitted: true, remaining: 0 },
      ]);
      const refused = await client.get('/');
      expectProblem(refused, 429, EXCEEDED);
      expect(JSON.parse(refused.body)).toMatchObject({ 'violated-policies': ['narrow'] });
    },
  },
  {
    title: 'what an outer rate limit counts by outcome is given back where an inner guard refuses',
    run: async (world) => {
      const circuit = world.circuit();
      world.expectVerdicts(circuit, {});
      circuit.isolate('for the test');
      const limit = { quota: 1, windowMs: 60_000, key: () => '', countOn: 'outcome' };
      await world.serve({
        outer: [world.pieces.rateLimit(limit)],
        guards: [world.pieces.breaker(circuit)],
        routes: { '/': answers },
      });
      const client = await world.client();
      expect(await client.get('/')).toMatchObject({ status: 503 });
      expect(await client.get('/')).toMatchObject({ status: 503 });
    },
  },
];
