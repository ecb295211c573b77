import { expect } from 'vitest';
import type { Behaviour } from '../rig.ts';
import type { Scenario } from '../run-scenario.ts';
import { gate, until } from '../until.ts';
import { expectHeld, expectProblem, guarded, REDUCED, untilHeld } from './guarded.ts';

const HUNDRED = Array.from({ length: 100 }, (_, index) => index);

const byPath: Behaviour = ({ request, text }) => text(`answer to ${request.url}`);

/** Clients who send the next request before the last is answered. */
export const PIPELINING_SCENARIOS: readonly Scenario[] = [
  {
    title: 'a hundred pipelined requests are answered once each and in order',
    run: async (world) => {
      const { guards, circuit } = guarded(world);
      world.expectVerdicts(circuit, { successes: 100 });
      await world.serve({ guards, routes: { '/:number': byPath } });
      const client = await world.client();
      client.pipeline(HUNDRED.map((number) => `/${number}`));
      for (const number of HUNDRED)
        expect(await client.answer()).toMatchObject({ body: `answer to /${number}` });
    },
  },
  {
    title: 'pipelined requests that wait in the queue are answered in order',
    run: async (world) => {
      const { guards, circuit } = guarded(world, { concurrency: 1, queue: 20 });
      world.expectVerdicts(circuit, { successes: 5 });
      await world.serve({ guards, routes: { '/:number': byPath } });
      const client = await world.client();
      client.pipeline(['/1', '/2', '/3', '/4', '/5']);
      for (const number of [1, 2, 3, 4, 5])
        expect(await client.answer()).toMatchObject({ body: `answer to /${number}` });
    },
  },
  {
    title: 'a refusal of a pipelined request waits for its turn, and the slow one before it ends',
    run: async (world) => {
      const { guards, circuit, limit } = guarded(world, { concurrency: 1 });
      world.expectVerdicts(circuit, { successes: 1 });
      const free = gate();
      const slow: Behaviour = async ({ text }) => {
        await free.opened;
        text('slow');
      };
      await world.serve({ guards, routes: { '/slow': slow, '/': byPath } });
      const client = await world.client();
      client.pipeline(['/slow', '/']);
      await until(() => world.server.count === 2, 'both requests');
      expectHeld(limit, 1);
      free.open();
      expect(await client.answer()).toMatchObject({ status: 200, body: 'slow' });
      expectProblem(await client.answer(), 503, REDUCED);
    },
  },
  {
    title:
      'a timeout of a pipelined request waits for its turn, and what its handler writes is gone',
    run: async (world) => {
      const circuit = world.circuit();
      world.expectVerdicts(circuit, { failures: 1 });
      const [free, late] = [gate(), gate()];
      const slow: Behaviour = async ({ text }) => {
        await free.opened;
        text('slow');
      };
      const never: Behaviour = async ({ inbound, text }) => {
        await new Promise((resolve) => {
          inbound().signal.addEventListener('abort', resolve);
        });
        text('late');
        late.open();
      };
      const guards = [world.pieces.timeout({ timeoutMs: 25 }), world.pieces.breaker(circuit)];
      await world.serve({ guards, open: { '/slow': slow }, routes: { '/': never } });
      const client = await world.client();
      client.pipeline(['/slow', '/', '/ping']);
      await late.opened;
      free.open();
      expect(await client.answer()).toMatchObject({ body: 'slow' });
      expect(await client.answer()).toMatchObject({ status: 503 });
      expect(await client.answer()).toMatchObject({ body: 'pong' });
    },
  },
  {
    title: 'a pipelined upload that was read in full keeps its permit until its client leaves',
    run: async (world) => {
      const { guards, circuit, limit } = guarded(world);
      world.expectVerdicts(circuit, { ignored: 2 });
      let read = 0;
      const hangs: Behaviour = async ({ request }) => {
        for await (const part of request) read += (part as Buffer).length;
        await new Promise(() => undefined);
      };
      await world.serve({ guards, routes: { '/': hangs } });
      const client = await world.client();
      client.send('/');
      client.send('/', { method: 'POST', body: 'x'.repeat(500) });
      await until(() => read === 500, 'the upload');
      expectHeld(limit, 2);
      client.rst();
      await untilHeld(limit, 0);
    },
  },
];
