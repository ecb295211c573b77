import { expect } from 'vitest';
import type { Behaviour, Layer } from '../rig.ts';
import type { Scenario } from '../run-scenario.ts';
import type { World } from '../world.ts';
import { guarded } from './guarded.ts';

const HUNDRED = Array.from({ length: 100 }, (_, index) => index);

const byPath: Behaviour = ({ request, text }) => text(`answer to ${request.url}`);

/** One stack of guards that a hundred requests of one connection go through. */
interface Stack {
  readonly name: string;
  guards(world: World): readonly Layer[];
}

const STACKS: readonly Stack[] = [
  { name: 'no guard at all', guards: () => [] },
  { name: 'a bulkhead', guards: ({ pieces }) => [pieces.bulkhead({ concurrency: 10 })] },
  { name: 'a timeout', guards: ({ pieces }) => [pieces.timeout({ timeoutMs: 20_000 })] },
  { name: 'a deadline', guards: ({ pieces }) => [pieces.deadline()] },
  {
    name: 'a rate limit',
    guards: ({ pieces }) => [pieces.rateLimit({ quota: 1_000, windowMs: 60_000, key: () => '' })],
  },
  {
    name: 'a rate limit by outcome',
    guards: ({ pieces }) => [
      pieces.rateLimit({ quota: 10, windowMs: 60_000, key: () => '', countOn: 'outcome' }),
    ],
  },
  {
    name: 'a whole guard',
    guards: (world) => {
      const breaker = world.circuit();
      world.expectVerdicts(breaker, { successes: 100 });
      return [
        world.pieces.guard({
          deadline: {},
          rateLimit: { quota: 1_000, windowMs: 60_000, key: () => '' },
          bulkhead: { concurrency: 10, queue: 10 },
          timeout: { timeoutMs: 20_000 },
          breaker,
        }),
      ];
    },
  },
];

const hundred = ({ name, guards }: Stack): Scenario => ({
  title: `a hundred requests on one connection leave no listener on it, behind ${name}`,
  run: async (world) => {
    const signals: AbortSignal[] = [];
    const handler: Behaviour = (exchange) => {
      signals.push(exchange.inbound().signal);
      byPath(exchange);
    };
    await world.serve({ guards: guards(world), routes: { '/:number': handler } });
    const client = await world.client();
    for (const number of HUNDRED)
      expect(await client.get(`/${number}`)).toMatchObject({ body: `answer to /${number}` });
    expect(signals.filter(({ aborted }) => aborted)).toEqual([]);
  },
});

export const KEEP_ALIVE_SCENARIOS: readonly Scenario[] = [
  ...STACKS.map(hundred),
  {
    title: 'a hundred refusals on one connection leave no listener on it',
    run: async (world) => {
      const { guards, circuit } = guarded(world);
      world.expectVerdicts(circuit, {});
      circuit.isolate('for the test');
      await world.serve({ guards, routes: { '/': byPath } });
      const client = await world.client();
      for (const _ of HUNDRED) expect(await client.get('/')).toMatchObject({ status: 503 });
    },
  },
  {
    title: 'a hundred failures on one connection leave no listener on it',
    run: async (world) => {
      const { guards, circuit } = guarded(world);
      world.expectVerdicts(circuit, 'any'); // it opens on the way
      await world.serve({ guards, routes: { '/': () => Promise.reject(new Error('no')) } });
      const client = await world.client();
      const statuses = new Set<number>();
      for (const _ of HUNDRED) statuses.add((await client.get('/')).status);
      expect([...statuses]).toEqual([500, 503]);
    },
  },
  {
    title: 'ten timeouts on one connection leave no listener on it',
    run: async (world) => {
      const { guards, circuit } = guarded(world, { timeoutMs: 5 });
      world.expectVerdicts(circuit, 'any');
      await world.serve({ guards, routes: { '/': () => new Promise(() => undefined) } });
      const client = await world.client();
      for (let index = 0; index < 12; index++)
        expect(await client.get('/')).toMatchObject({ status: 503 });
    },
  },
  {
    title: 'a client of HTTP/1.0 gets its refusal, and the end of its connection',
    run: async (world) => {
      const { guards, circuit } = guarded(world);
      world.expectVerdicts(circuit, {});
      circuit.isolate('for the test');
      await world.serve({ guards, routes: { '/': byPath } });
      const client = await world.client();
      client.expect('GET');
      client.write('GET / HTTP/1.0\r\n\r\n');
      expect(await client.answer()).toMatchObject({ status: 503, complete: true });
      await client.hangUp();
    },
  },
  {
    title: 'a client who asks for the end of its connection gets it after the answer',
    run: async (world) => {
      const { guards, circuit } = guarded(world);
      world.expectVerdicts(circuit, { successes: 1 });
      await world.serve({ guards, routes: { '/': byPath } });
      const client = await world.client();
      const answer = await client.get('/', { headers: { Connection: 'close' } });
      expect(answer).toMatchObject({ status: 200, complete: true });
      await client.hangUp();
    },
  },
];
