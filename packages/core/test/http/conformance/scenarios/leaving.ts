import { expect } from 'vitest';
import type { RawClient } from '../raw-client.ts';
import type { Behaviour } from '../rig.ts';
import type { Scenario } from '../run-scenario.ts';
import { gate, settled, until } from '../until.ts';
import type { World } from '../world.ts';
import { expectHeld, guarded, untilHeld } from './guarded.ts';

type Leave = 'fin' | 'rst';

/** A handler that answers nothing, and says when it was told to stop. */
const waiting = (): { readonly handler: Behaviour; readonly seen: Waiting } => {
  const seen: Waiting = { arrived: 0, stopped: 0 };
  const handler: Behaviour = ({ inbound }) => {
    seen.arrived++;
    inbound().signal.addEventListener('abort', () => seen.stopped++);
    return new Promise(() => undefined);
  };
  return { handler, seen };
};

interface Waiting {
  arrived: number;
  stopped: number;
}

interface Stage {
  /** When the client leaves. */
  readonly when: string;
  run(world: World, leave: (client: RawClient) => void): Promise<void>;
}

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
    expect(calls).toBe(1);
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

const midResponse: Stage = {
  when: 'in the middle of its answer',
  run: async (world, leave) => {
    const { guards, circuit, limit } = guarded(world);
    world.expectVerdicts(circuit, { ignored: 1 });
    let stopped = false;
    const handler: Behaviour = ({ raw, inbound }) => {
      inbound().signal.addEventListener('abort', () => {
        stopped = true;
      });
      raw().write('begun');
      return new Promise(() => undefined);
    };
    await world.serve({ guards, routes: { '/': handler } });
    const client = await world.client();
    client.send('/');
    await client.begun('begun');
    expectHeld(limit, 1);
    leave(client);
    await untilHeld(limit, 0);
    await until(() => stopped, 'the abort of the signal');
  },
};

const underBackPressure: Stage = {
  when: 'while its answer waits for it to read',
  run: async (world, leave) => {
    const { guards, circuit, limit } = guarded(world);
    world.expectVerdicts(circuit, { ignored: 1 });
    const handler: Behaviour = ({ raw }) => {
      const response = raw();
      const part = Buffer.alloc(1_000_000, 'x');
      for (let index = 0; index < 40; index++) response.write(part);
      return new Promise(() => undefined);
    };
    await world.serve({ guards, routes: { '/': handler } });
    const client = await world.client();
    client.pause();
    client.send('/');
    await untilHeld(limit, 1);
    await settled();
    leave(client);
    client.resume();
    await untilHeld(limit, 0);
  },
};

const betweenRequests: Stage = {
  when: 'between two requests of its connection',
  run: async (world, leave) => {
    const { guards, circuit, limit } = guarded(world);
    world.expectVerdicts(circuit, { successes: 2 });
    await world.serve({ guards, routes: { '/': ({ text }) => text('done') } });
    const client = await world.client();
    await client.get('/');
    await client.get('/');
    leave(client);
    await until(() => client.closed, 'the end of the connection');
    await untilHeld(limit, 0);
  },
};

const whileRefused: Stage = {
  when: 'right after it was refused, in the middle of its upload',
  run: async (world, leave) => {
    const { guards, circuit, limit } = guarded(world);
    world.expectVerdicts(circuit, {});
    circuit.isolate('for the test');
    await world.serve({ guards, routes: { '/': ({ text }) => text('never') } });
    const client = await world.client();
    client.send('/', { method: 'POST', headers: { 'Content-Length': '1000' } });
    client.write('x'.repeat(400));
    expect(await client.answer()).toMatchObject({ status: 503 });
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

const afterTimeout: Stage = {
  when: 'after it was told that its time is over, while the handler works on',
  run: async (world, leave) => {
    const { guards, circuit, limit } = guarded(world, { timeoutMs: 25 });
    world.expectVerdicts(circuit, { failures: 1 });
    const left = gate();
    const done = gate();
    const handler: Behaviour = async ({ text }) => {
      await left.opened;
      text('late');
      setImmediate(done.open);
    };
    await world.serve({ guards, routes: { '/': handler } });
    const client = await world.client();
    expect(await client.get('/')).toMatchObject({ status: 503 });
    leave(client);
    await until(() => client.closed, 'the end of the connection');
    left.open();
    await done.opened;
    await untilHeld(limit, 0);
  },
};

const STAGES = [
  beforeHeaders,
  inTheQueue,
  duringUpload,
  midResponse,
  underBackPressure,
  betweenRequests,
  whileRefused,
  withPipelined,
  withPipelinedDone,
  afterTimeout,
];

const WAYS: Readonly<Record<Leave, string>> = {
  fin: 'a client who closes its connection',
  rst: 'a client whose connection breaks',
};

/** Clients who leave, politely and not, at every stage of a request. */
export const LEAVING_SCENARIOS: readonly Scenario[] = STAGES.flatMap(({ when, run }) =>
  (['fin', 'rst'] as const).map((way) => ({
    title: `${WAYS[way]} ${when} holds nothing and blames nobody`,
    run: (world: World) => run(world, (client) => client[way]()),
  })),
);
