import { AsyncLocalStorage } from 'node:async_hooks';
import { expect } from 'vitest';
import type { Behaviour } from '../rig.ts';
import type { Scenario } from '../run-scenario.ts';
import { gate } from '../until.ts';
import { expectProblem, guarded, REDUCED, untilHeld } from './guarded.ts';

const answers: Behaviour = ({ text }) => text('answered');

const drainAt = (phase: string) => ({
  name: 'drain',
  phase,
  signal: AbortSignal.abort(),
  [Symbol.dispose]: () => undefined,
});

const servesWhile = (phase: string): Scenario => ({
  title: `a process that is ${phase} serves what comes`,
  run: async (world) => {
    const guard = world.pieces.guard({ drain: drainAt(phase) });
    await world.serve({ guards: [guard], routes: { '/': answers } });
    expect(await (await world.client()).get('/')).toMatchObject({ status: 200 });
  },
});

/** What comes from around the guards: contexts of the app, and the end of the process. */
export const SURROUNDING_SCENARIOS: readonly Scenario[] = [
  {
    title: 'a context of the app reaches the handler through all guards, and through a wait',
    run: async (world) => {
      const context = new AsyncLocalStorage<string>();
      const enters = world.rig.onEntry(({ request }) =>
        context.enterWith(String(request.headers['x-id'])),
      );
      const { guards, circuit, limit } = guarded(world, { concurrency: 1, queue: 5 });
      world.expectVerdicts(circuit, { successes: 3 });
      const free = gate();
      const handler: Behaviour = async ({ text }) => {
        await free.opened;
        text(`${context.getStore()}`);
      };
      const outer = [enters, world.pieces.deadline()];
      await world.serve({ outer, guards, routes: { '/': handler } });
      const clients = [await world.client(), await world.client(), await world.client()];
      for (const [index, client] of clients.entries()) {
        client.send('/', { headers: { 'X-Id': `id ${index}` } });
        await untilHeld(limit, 1, index);
      }
      free.open();
      for (const [index, client] of clients.entries())
        expect(await client.answer()).toMatchObject({ status: 200, body: `id ${index}` });
    },
  },
  {
    title: 'a listener of the handler on the response is called as without guards',
    run: async (world) => {
      const { guards, circuit } = guarded(world);
      world.expectVerdicts(circuit, { successes: 1 });
      const heard: string[] = [];
      const handler: Behaviour = ({ response, text }) => {
        for (const event of ['finish', 'close']) response.on(event, () => heard.push(event));
        text('done');
      };
      await world.serve({ guards, routes: { '/': handler } });
      await (await world.client()).get('/');
      expect(heard).toEqual(['finish', 'close']);
    },
  },
  ...['serving', 'announcing', 'lingering'].map(servesWhile),
  {
    title: 'a process that is closing refuses what comes, ends its connection, and blames nobody',
    run: async (world) => {
      const circuit = world.circuit();
      world.expectVerdicts(circuit, { ignored: 1 });
      const guard = world.pieces.guard({ drain: drainAt('closing') });
      const outer = [world.pieces.breaker(circuit)];
      await world.serve({ outer, guards: [guard], routes: { '/': answers } });
      const client = await world.client();
      const answer = await client.get('/');
      expectProblem(answer, 503, REDUCED);
      expect(answer.headers['connection']).toBe('close');
      await client.hangUp();
    },
  },
  {
    title: 'a guard that nobody has told where it is answers by the raw URL all the same',
    run: async (world) => {
      const guard = world.pieces.guard({ health: {} });
      await world.serve({ guards: [guard], routes: { '/:any': answers } });
      const client = await world.client();
      expect(await client.get('/livez?verbose')).toMatchObject({ body: '{"status":"pass"}' });
      expect(await client.get('/livez2')).toMatchObject({ body: 'answered' });
    },
  },
];
