import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import type { Behaviour } from '../rig.ts';
import type { Scenario } from '../run-scenario.ts';
import { expectProblem } from './guarded.ts';

const hangs: Behaviour = () => new Promise(() => undefined);

/** Deadlines that pass. */
export const DEADLINE_SCENARIOS: readonly Scenario[] = [
  {
    title: 'the signal aborts with the error as the deadline passes',
    run: async (world) => {
      const reasons: unknown[] = [];
      const handler: Behaviour = ({ inbound }) => {
        const { signal } = inbound();
        signal.addEventListener('abort', () => reasons.push(signal.reason));
        return new Promise(() => undefined);
      };
      const guards = [world.pieces.deadline({ deadlineMs: 25 })];
      await world.serve({ guards, routes: { '/': handler } });
      expectProblem(await (await world.client()).get('/'), 504, 'about:blank');
      expect(reasons).toMatchObject([{ code: 'HF_DEADLINE_EXCEEDED' }]);
    },
  },
  {
    title: 'a trusted field that passes is answered with 504',
    run: async (world) => {
      const guards = [world.pieces.deadline({ trust: true })];
      await world.serve({ guards, routes: { '/': hangs } });
      const headers = { 'X-Request-Timeout-Ms': '40' };
      expectProblem(await (await world.client()).get('/', { headers }), 504, 'about:blank');
    },
  },
  {
    title: 'a queue gives up at the deadline, and its place is free',
    run: async (world) => {
      const limit = world.bulkhead({ concurrency: 1, queue: 5, maxWaitMs: 10_000 });
      const permit = limit.tryAcquire();
      if (permit.admitted) world.onRelease(() => permit.release());
      const guards = [world.pieces.deadline({ deadlineMs: 30 }), world.pieces.bulkhead(limit)];
      await world.serve({ guards, routes: { '/': ({ text }) => text('never') } });
      expect(await (await world.client()).get('/')).toMatchObject({ status: 504 });
      expect(limit.snapshot().waiting).toBe(0);
      world.release();
    },
  },
  {
    title: 'a stream whose headers are out outlives the deadline',
    run: async (world) => {
      const guards = [world.pieces.deadline({ deadlineMs: 25 })];
      const handler: Behaviour = async ({ raw }) => {
        const response = raw();
        response.write('be');
        await sleep(70);
        response.end('gun');
      };
      await world.serve({ guards, routes: { '/': handler } });
      expect(await (await world.client()).get('/')).toMatchObject({
        body: 'begun',
        complete: true,
      });
    },
  },
  {
    title: 'a stream past the deadline is broken off where that is asked for, and blames nobody',
    run: async (world) => {
      const circuit = world.circuit();
      world.expectVerdicts(circuit, { ignored: 1 });
      const { pieces } = world;
      const bound = pieces.deadline({ deadlineMs: 25, onStreaming: 'destroy' });
      const handler: Behaviour = (exchange) => {
        exchange.raw().write('begun');
        return hangs(exchange);
      };
      await world.serve({ guards: [bound, pieces.breaker(circuit)], routes: { '/': handler } });
      const client = await world.client();
      client.send('/');
      await client.hangUp();
      expect(client.answers).toMatchObject([{ body: 'begun', complete: false }]);
    },
  },
];
