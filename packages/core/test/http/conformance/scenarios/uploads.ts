import { expect } from 'vitest';
import type { Behaviour } from '../rig.ts';
import type { Scenario } from '../run-scenario.ts';
import { gate, settled } from '../until.ts';
import { expectProblem, guarded, REDUCED, untilHeld } from './guarded.ts';
import { REFUSERS, type Refuser } from './refusers.ts';

const reads: Behaviour = async ({ request, text }) => {
  let length = 0;
  for await (const part of request) length += (part as Buffer).length;
  text(`${length} bytes`);
};

const SIZE = 500_000;
const upload = { method: 'POST', headers: { 'Content-Length': `${SIZE}` } };

const refusedAtOnce = (refuser: Refuser): Scenario => ({
  title: `an upload that is refused by ${refuser.by} is answered at once, and the connection goes on`,
  run: async (world) => {
    let calls = 0;
    await world.serve({ guards: [refuser.layer(world)], routes: { '/': () => calls++ } });
    const client = await world.client();
    client.send('/', { method: 'POST', headers: { ...upload.headers, ...refuser.headers } });
    client.write('x'.repeat(SIZE / 2));
    expectProblem(await client.answer(), refuser.status, refuser.type);
    client.write('x'.repeat(SIZE / 2));
    world.release();
    expect(await client.get('/ping')).toMatchObject({ status: 200 });
    expect(calls).toBe(0);
  },
});

/** Those that ask no handler. */
const REFUSING_AT_ONCE = REFUSERS.filter(({ handler }) => handler === undefined);

/** Uploads that are refused, and such that are not. */
export const UPLOAD_SCENARIOS: readonly Scenario[] = [
  ...REFUSING_AT_ONCE.map(refusedAtOnce),
  {
    title: 'an upload that is admitted arrives whole',
    run: async (world) => {
      const { guards, circuit } = guarded(world);
      world.expectVerdicts(circuit, { successes: 1 });
      await world.serve({ guards, routes: { '/': reads } });
      const client = await world.client();
      client.send('/', upload);
      client.write('x'.repeat(SIZE / 2));
      await settled();
      client.write('x'.repeat(SIZE / 2));
      expect(await client.answer()).toMatchObject({ status: 200, body: `${SIZE} bytes` });
    },
  },
  {
    title: 'an upload that waited in the queue arrives whole',
    run: async (world) => {
      const { guards, circuit, limit } = guarded(world, { concurrency: 1, queue: 1 });
      world.expectVerdicts(circuit, { successes: 2 });
      const free = gate();
      const hold: Behaviour = async ({ text }) => {
        await free.opened;
        text('held');
      };
      await world.serve({ guards, routes: { '/hold': hold, '/': reads } });
      const [first, second] = [await world.client(), await world.client()];
      first.send('/hold');
      await untilHeld(limit, 1);
      second.send('/', { method: 'POST', body: 'x'.repeat(1_000) });
      await untilHeld(limit, 1, 1);
      free.open();
      expect(await first.answer()).toMatchObject({ body: 'held' });
      expect(await second.answer()).toMatchObject({ body: '1000 bytes' });
    },
  },
  {
    title: 'a handler that answers without reading an upload leaves the connection usable',
    run: async (world) => {
      const { guards, circuit } = guarded(world);
      world.expectVerdicts(circuit, { successes: 1 });
      await world.serve({ guards, routes: { '/': ({ text }) => text('unread', 413) } });
      const client = await world.client();
      client.send('/', upload);
      expect(await client.answer()).toMatchObject({ status: 413 });
      client.write('x'.repeat(SIZE));
    },
  },
  {
    title: 'guards behind a reader of bodies refuse as well',
    run: async (world) => {
      const { guards, circuit } = guarded(world);
      world.expectVerdicts(circuit, {});
      circuit.isolate('for the test');
      await world.serve({ outer: [world.rig.readsBody()], guards, routes: { '/': reads } });
      const client = await world.client();
      client.send('/', { method: 'POST', body: 'x'.repeat(1_000) });
      expectProblem(await client.answer(), 503, REDUCED);
    },
  },
  {
    title: 'a chunked upload that is refused is answered at once, and the connection goes on',
    run: async (world) => {
      const { guards, circuit } = guarded(world);
      world.expectVerdicts(circuit, {});
      circuit.isolate('for the test');
      await world.serve({ guards, routes: { '/': reads } });
      const client = await world.client();
      client.send('/', { method: 'POST', headers: { 'Transfer-Encoding': 'chunked' } });
      client.write('5\r\nhello\r\n');
      expectProblem(await client.answer(), 503, REDUCED);
      client.write('0\r\n\r\n');
    },
  },
  {
    title: 'a malformed body behind a refusal ends the connection and nothing else',
    run: async (world) => {
      const { guards, circuit } = guarded(world);
      world.expectVerdicts(circuit, {});
      circuit.isolate('for the test');
      await world.serve({ guards, routes: { '/': reads } });
      const client = await world.client();
      client.send('/', { method: 'POST', headers: { 'Transfer-Encoding': 'chunked' } });
      expectProblem(await client.answer(), 503, REDUCED);
      client.write('this is no chunk\r\n');
      await client.hangUp();
    },
  },
];
