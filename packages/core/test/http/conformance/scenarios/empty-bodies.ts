import { expect } from 'vitest';
import type { Sent } from '../raw-client.ts';
import type { Behaviour } from '../rig.ts';
import type { Scenario } from '../run-scenario.ts';
import { guarded } from './guarded.ts';

interface Empty {
  readonly title: string;
  readonly handler: Behaviour;
  readonly request?: Sent;
  readonly status: number;
}

const HEAD: Sent = { method: 'HEAD' };

const EMPTY: readonly Empty[] = [
  {
    title: 'HEAD has the head of the answer and no body',
    handler: ({ text }) => text('not sent'),
    request: HEAD,
    status: 200,
  },
  {
    title: 'HEAD of a handler that fails has no body',
    handler: () => {
      throw new Error('no');
    },
    request: HEAD,
    status: 500,
  },
  {
    title: 'HEAD of an answer that is written by hand has no body',
    handler: ({ raw }) => {
      const response = raw();
      response.write('not sent');
      response.end('either');
    },
    request: HEAD,
    status: 200,
  },
  { title: '204 has no body', handler: ({ empty }) => empty(204), status: 204 },
  { title: '304 has no body', handler: ({ empty }) => empty(304), status: 304 },
  {
    title: '204 to DELETE has no body',
    handler: ({ empty }) => empty(204),
    request: { method: 'DELETE' },
    status: 204,
  },
  {
    title: 'an answer of no bytes is complete',
    handler: ({ text }) => text(''),
    status: 200,
  },
  {
    title: 'OPTIONS passes as any other request',
    handler: ({ empty }) => empty(204),
    request: { method: 'OPTIONS' },
    status: 204,
  },
];

const scenarioOf = ({ title, handler, request, status }: Empty): Scenario => ({
  title,
  run: async (world) => {
    const { guards, circuit } = guarded(world);
    world.expectVerdicts(circuit, status < 500 ? { successes: 1 } : { failures: 1 });
    await world.serve({ guards, routes: { '/': handler } });
    const answer = await (await world.client()).get('/', request);
    expect(answer).toMatchObject({ status, body: '', complete: true });
  },
});

/** Answers that have no body. */
export const EMPTY_BODY_SCENARIOS: readonly Scenario[] = [
  ...EMPTY.map(scenarioOf),
  {
    title: 'a refusal of HEAD has the fields of a refusal and no body',
    run: async (world) => {
      const { guards, circuit } = guarded(world);
      world.expectVerdicts(circuit, {});
      circuit.isolate('for the test');
      await world.serve({ guards, routes: { '/': ({ text }) => text('never') } });
      const answer = await (await world.client()).get('/', HEAD);
      expect(answer).toMatchObject({ status: 503, body: '' });
      expect(answer.headers).toMatchObject({ 'content-type': 'application/problem+json' });
      expect(Number(answer.headers['content-length'])).toBeGreaterThan(0);
    },
  },
  {
    title: 'a timeout of HEAD has no body',
    run: async (world) => {
      const { guards, circuit } = guarded(world, { timeoutMs: 25 });
      world.expectVerdicts(circuit, { failures: 1 });
      await world.serve({ guards, routes: { '/': () => new Promise(() => undefined) } });
      const answer = await (await world.client()).get('/', HEAD);
      expect(answer).toMatchObject({ status: 503, body: '' });
    },
  },
  {
    title: 'a rate limit refuses HEAD without a body and admits the next one in order',
    run: async (world) => {
      const limit = world.pieces.rateLimit({ quota: 1, windowMs: 60_000, key: () => 'one' });
      await world.serve({ guards: [limit], routes: { '/': ({ text }) => text('body') } });
      const client = await world.client();
      expect(await client.get('/', HEAD)).toMatchObject({ status: 200, body: '' });
      expect(await client.get('/', HEAD)).toMatchObject({ status: 429, body: '' });
    },
  },
];
