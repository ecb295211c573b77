import { expect } from 'vitest';
import type { Behaviour } from '../rig.ts';
import { gate, settled, until } from '../until.ts';
import { expectHeld, guarded, untilHeld } from './guarded.ts';
import { waiting, type Stage } from './leaving-stage.ts';

const beforeHeaders: Stage = {
  when: 'before the headers of its answer',
  run: async (world, leave) => {
    const { guards, circuit, limit } = guarded(world);
    world.expectVerdicts(circuit, { ignored: 1 });
    const { handler, seen } = waiting();
    await world.serve({ guards, routes: { '/': handler } });
    const client = await world.client();
    client.send('/');
    await until(() => seen.arrived === 1, 'the request');
    expectHeld(limit, 1);
    leave(client);
    await untilHeld(limit, 0);
    await until(() => seen.stopped === 1, 'the abort of the signal');
  },
};

const inTheQueue: Stage = {
  when: 'in the queue of the bulkhead',
  run: async (world, leave) => {
    const { guards, circuit, limit } = guarded(world, { concurrency: 1, queue: 5 });
    world.expectVerdicts(circuit, { successes: 1 });
    const free = gate();
    let calls = 0;
    const handler: Behaviour = async ({ text }) => {
      calls++;
      await free.opened;
      text('done');
    };
    await world.serve({ guards, routes: { '/': handler } });
    const [first, second] = [await world.client(), await world.client()];
    first.send('/');
    await untilHeld(limit, 1, 0);
    second.send('/');
    await untilHeld(limit, 1, 1);
    leave(second);
    await untilHeld(limit, 1, 0);
    free.open();
    expect(await first.answer()).toMatchObject({ status: 200 });
    await untilHeld(limit, 0);
    // Koa tells its app of connections that break, with or without guards.
    const errors = world.errors.filter((error) => !String(error).includes('ECONNRESET'));
    expect({ calls, errors }).toEqual({ calls: 1, errors: [] });
  },
};

const duringUpload: Stage = {
  when: 'in the middle of its upload',
  run: async (world, leave) => {
    const { guards, circuit, limit } = guarded(world);
    world.expectVerdicts(circuit, { ignored: 1 });
    let read = 0;
    const handler: Behaviour = async ({ request, text }) => {
      for await (const part of request) read += (part as Buffer).length;
      text('all of it');
    };
    await world.serve({ guards, routes: { '/': handler } });
    const client = await world.client();
    client.send('/', { method: 'POST', headers: { 'Content-Length': '1000' } });
    client.write('x'.repeat(400));
    await until(() => read === 400, 'half of the upload');
    leave(client);
    await untilHeld(limit, 0);
  },
};

const withPipelined: Stage = {
  when: 'with a second request in its pipe, whose answer waits for the first',
  run: async (world, leave) => {
    const { guards, circuit, limit } = guarded(world);
    world.expectVerdicts(circuit, { ignored: 2 });
    const { handler, seen } = waiting();
    await world.serve({ guards, routes: { '/': handler } });
    const client = await world.client();
    client.pipeline(['/', '/']);
    await until(() => seen.arrived === 2, 'both requests');
    expectHeld(limit, 2);
    leave(client);
    await untilHeld(limit, 0);
    await until(() => seen.stopped === 2, 'the abort of both signals');
  },
};

const withPipelinedDone: Stage = {
  when: 'with a second request in its pipe that was answered behind the first',
  run: async (world, leave) => {
    const { guards, circuit, limit } = guarded(world);
    world.expectVerdicts(circuit, 'any'); // the second was answered, but nobody got it
    const { handler, seen } = waiting();
    await world.serve({ guards, routes: { '/slow': handler, '/': ({ text }) => text('done') } });
    const client = await world.client();
    client.pipeline(['/slow', '/']);
    await until(() => seen.arrived === 1 && world.server.count === 2, 'both requests');
    await settled();
    leave(client);
    await untilHeld(limit, 0);
  },
};

/** Before anything of the answer is out. */
export const UNANSWERED_STAGES: readonly Stage[] = [
  beforeHeaders,
  inTheQueue,
  duringUpload,
  withPipelined,
  withPipelinedDone,
];
