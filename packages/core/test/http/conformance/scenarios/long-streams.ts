import { PassThrough } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import type { Behaviour } from '../rig.ts';
import type { Scenario } from '../run-scenario.ts';
import { gate } from '../until.ts';
import { expectHeld, guarded, untilHeld } from './guarded.ts';

/** Answers that take longer than the guards around them, feeds of events among them. */
export const LONG_STREAM_SCENARIOS: readonly Scenario[] = [
  {
    title: 'a stream keeps its permit until its last byte is out',
    run: async (world) => {
      const { guards, circuit, limit } = guarded(world, { concurrency: 1 });
      world.expectVerdicts(circuit, { successes: 1 });
      const source = new PassThrough();
      await world.serve({ guards, routes: { '/': (exchange) => exchange.stream(source) } });
      const [client, other] = [await world.client(), await world.client()];
      client.send('/');
      source.write('begun');
      await client.begun('begun');
      expectHeld(limit, 1);
      expect(await other.get('/')).toMatchObject({ status: 503 });
      source.end();
      expect(await client.answer()).toMatchObject({ body: 'begun', complete: true });
      await untilHeld(limit, 0);
    },
  },
  {
    title: 'a stream whose headers are out outlives the timeout',
    run: async (world) => {
      const { guards, circuit } = guarded(world, { timeoutMs: 30 });
      world.expectVerdicts(circuit, { successes: 1 });
      const handler: Behaviour = async ({ raw }) => {
        const response = raw();
        response.write('be');
        await sleep(80);
        response.end('gun');
      };
      await world.serve({ guards, routes: { '/': handler } });
      const answer = await (await world.client()).get('/');
      expect(answer).toMatchObject({ status: 200, body: 'begun', complete: true });
    },
  },
  {
    title: 'a stream past its time is broken off where the timeout is told to, and is a failure',
    run: async (world) => {
      const circuit = world.circuit();
      world.expectVerdicts(circuit, { failures: 1 });
      const { pieces } = world;
      const timeout = pieces.timeout({ timeoutMs: 30, onStreaming: 'destroy' });
      const handler: Behaviour = ({ raw }) => {
        raw().write('begun');
        return new Promise(() => undefined);
      };
      await world.serve({ guards: [timeout, pieces.breaker(circuit)], routes: { '/': handler } });
      const client = await world.client();
      client.send('/');
      await client.hangUp();
      expect(client.answers).toMatchObject([{ status: 200, body: 'begun', complete: false }]);
    },
  },
  {
    title: 'a feed of events holds its permit until it ends, and other requests pass meanwhile',
    run: async (world) => {
      const { guards, circuit, limit } = guarded(world);
      world.expectVerdicts(circuit, { successes: 2 });
      const over = gate();
      const feed: Behaviour = async ({ raw }) => {
        const response = raw();
        response.writeHead(200, { 'Content-Type': 'text/event-stream' });
        response.write('data: 1\n\n');
        await over.opened;
        response.end('data: 2\n\n');
      };
      await world.serve({ guards, routes: { '/feed': feed, '/': ({ text }) => text('else') } });
      const [client, other] = [await world.client(), await world.client()];
      client.send('/feed');
      await client.begun('data: 1');
      expect(await other.get('/')).toMatchObject({ status: 200 });
      await untilHeld(limit, 1);
      over.open();
      expect(await client.answer()).toMatchObject({ body: 'data: 1\n\ndata: 2\n\n' });
      await untilHeld(limit, 0);
    },
  },
  {
    title: 'a feed of events whose client leaves is over at once, and says nothing of the handler',
    run: async (world) => {
      const { guards, circuit, limit } = guarded(world);
      world.expectVerdicts(circuit, { ignored: 1 });
      const source = new PassThrough();
      const feed: Behaviour = (exchange) => {
        exchange.header('Content-Type', 'text/event-stream');
        return exchange.stream(source);
      };
      await world.serve({ guards, routes: { '/': feed } });
      const client = await world.client();
      client.send('/');
      source.write('data: 1\n\n');
      await client.begun('data: 1');
      client.rst();
      await untilHeld(limit, 0);
    },
  },
];
