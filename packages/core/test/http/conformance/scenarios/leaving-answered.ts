import { expect } from 'vitest';
import type { Behaviour } from '../rig.ts';
import { gate, settled, until } from '../until.ts';
import { expectHeld, guarded, untilHeld } from './guarded.ts';
import type { Stage } from './leaving-stage.ts';

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

/** When at least some of an answer is out. */
export const ANSWERED_STAGES: readonly Stage[] = [
  midResponse,
  underBackPressure,
  betweenRequests,
  whileRefused,
  afterTimeout,
];
