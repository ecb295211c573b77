import { expect } from 'vitest';
import type { Behaviour } from '../rig.ts';
import type { Scenario } from '../run-scenario.ts';
import { guarded, untilHeld } from './guarded.ts';

const reads: Behaviour = async ({ request, text }) => {
  for await (const _ of request);
  text('read');
};

const upload = { method: 'POST', headers: { 'Content-Length': '1000' } };

/** Bodies and heads that come too slowly. */
export const SLOW_UPLOAD_SCENARIOS: readonly Scenario[] = [
  {
    title:
      'a body that is read in front of the handler stays under the timeout, which answers once',
    run: async (world) => {
      const { guards, circuit } = guarded(world, { timeoutMs: 30 });
      world.expectVerdicts(circuit, 'any');
      await world.serve({ guards, inner: [world.rig.readsBody()], routes: { '/': reads } });
      const client = await world.client();
      client.send('/', upload);
      client.write('x');
      expect(await client.answer()).toMatchObject({ status: 503 });
      client.leave();
    },
  },
  {
    title: 'a body that trickles in is answered for when the time is over, and blames no handler',
    run: async (world) => {
      const { guards, circuit, limit } = guarded(world, { timeoutMs: 40 });
      world.expectVerdicts(circuit, { ignored: 1 });
      await world.serve({ guards, routes: { '/': reads } });
      const client = await world.client();
      client.send('/', { method: 'POST', headers: { 'Content-Length': '1000' } });
      const drip = setInterval(() => client.write('x'), 4);
      try {
        expect(await client.answer()).toMatchObject({ status: 503, complete: true });
        await untilHeld(limit, 0);
      } finally {
        clearInterval(drip);
      }
      client.leave();
    },
  },
  {
    title: 'a body so slow that Node gives it up holds nothing and blames nobody',
    run: async (world) => {
      const { guards, circuit, limit } = guarded(world);
      world.expectVerdicts(circuit, { ignored: 1 });
      const slow = { requestTimeout: 60, headersTimeout: 60, connectionsCheckingInterval: 10 };
      await world.serve({ guards, routes: { '/': reads } }, slow);
      const client = await world.client();
      client.send('/', { method: 'POST', headers: { 'Content-Length': '1000' } });
      client.write('x');
      await client.hangUp();
      expect(client.answers.map(({ status }) => status)).toEqual([408]);
      await untilHeld(limit, 0);
    },
  },
  {
    title: 'a head that never ends reaches no guard',
    run: async (world) => {
      const { guards, circuit } = guarded(world);
      world.expectVerdicts(circuit, {});
      const slow = { requestTimeout: 60, headersTimeout: 60, connectionsCheckingInterval: 10 };
      await world.serve({ guards, routes: { '/': reads } }, slow);
      const client = await world.client();
      client.write('GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ');
      await client.hangUp();
      expect(world.server.count).toBe(0);
    },
  },
  {
    title: 'a handler that hangs over an upload that came in full is a failure',
    run: async (world) => {
      const { guards, circuit } = guarded(world, { timeoutMs: 30 });
      world.expectVerdicts(circuit, { failures: 2 });
      const hangs: Behaviour = async ({ request }) => {
        if (request.url === '/read') for await (const _ of request);
        await new Promise(() => undefined);
      };
      await world.serve({ guards, routes: { '/:what': hangs } });
      const client = await world.client();
      for (const path of ['/read', '/unread'])
        expect(await client.get(path, { method: 'POST', body: 'all of it' })).toMatchObject({
          status: 503,
        });
    },
  },
];
