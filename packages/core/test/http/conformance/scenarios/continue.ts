import { expect } from 'vitest';
import type { Behaviour } from '../rig.ts';
import type { Scenario } from '../run-scenario.ts';
import { expectProblem, guarded, REDUCED } from './guarded.ts';

const EXPECTS = { method: 'POST', headers: { Expect: '100-continue', 'Content-Length': '5' } };

const reads: Behaviour = async ({ request, text }) => {
  let body = '';
  for await (const part of request) body += String(part);
  text(body);
};

/** Clients who ask before they send (`Expect: 100-continue`). */
export const CONTINUE_SCENARIOS: readonly Scenario[] = [
  {
    title: 'a client who asks whether to send its body is told to, and answered',
    run: async (world) => {
      const { guards, circuit } = guarded(world);
      world.expectVerdicts(circuit, { successes: 1 });
      await world.serve({ guards, routes: { '/': reads } });
      const client = await world.client();
      client.send('/', EXPECTS);
      await client.continued();
      client.write('hello');
      expect(await client.answer()).toMatchObject({ interim: [100], status: 200, body: 'hello' });
    },
  },
  {
    title: 'a refused client whom Node told to go on sends its body, and the connection goes on',
    run: async (world) => {
      const { guards, circuit } = guarded(world);
      world.expectVerdicts(circuit, {});
      circuit.isolate('for the test');
      await world.serve({ guards, routes: { '/': reads } });
      const client = await world.client();
      client.send('/', EXPECTS);
      expectProblem(await client.answer(), 503, REDUCED);
      client.write('hello');
    },
  },
  {
    title: 'an app that answers for 100 itself refuses without it, so that the body is never sent',
    run: async (world) => {
      const { guards, circuit } = guarded(world);
      world.expectVerdicts(circuit, {});
      circuit.isolate('for the test');
      await world.serveWithContinue({ guards, routes: { '/': reads } });
      const client = await world.client();
      client.send('/', EXPECTS);
      const answer = await client.answer();
      expectProblem(answer, 503, REDUCED);
      expect(answer.interim).toEqual([]);
      client.leave();
    },
  },
  {
    title: 'an admitted handler tells its client itself to go on',
    run: async (world) => {
      const { guards, circuit } = guarded(world);
      world.expectVerdicts(circuit, { successes: 1 });
      const handler: Behaviour = (exchange) => {
        exchange.response.writeContinue();
        return reads(exchange);
      };
      await world.serveWithContinue({ guards, routes: { '/': handler } });
      const client = await world.client();
      client.send('/', EXPECTS);
      await client.continued();
      client.write('hello');
      expect(await client.answer()).toMatchObject({ interim: [100], body: 'hello' });
    },
  },
  {
    title: 'a client who was told to go on and does not is answered when the time is over',
    run: async (world) => {
      const { guards, circuit } = guarded(world, { timeoutMs: 30 });
      world.expectVerdicts(circuit, { ignored: 1 });
      await world.serve({ guards, routes: { '/': reads } });
      const client = await world.client();
      client.send('/', EXPECTS);
      expect(await client.answer()).toMatchObject({ interim: [100], status: 503 });
      client.leave();
    },
  },
];
