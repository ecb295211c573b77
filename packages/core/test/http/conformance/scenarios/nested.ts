import { expect } from 'vitest';
import type { Behaviour } from '../rig.ts';
import type { Scenario } from '../run-scenario.ts';
import { expectProblem } from './guarded.ts';
import { REFUSERS, type Refuser } from './refusers.ts';

const answers: Behaviour = ({ text }) => text('answered');

/** What a circuit outside makes of an inner guard that answers in the handler's stead. */
const VERDICTS: Readonly<Record<string, object>> = {
  HF_TIMEOUT: { failures: 1 },
};

const seenFromOutside = (refuser: Refuser): Scenario => ({
  title: `a breaker in front of ${refuser.by} ${
    refuser.code in VERDICTS ? 'counts a failure' : 'counts nothing'
  }`,
  run: async (world) => {
    const circuit = world.circuit({ name: 'outer' });
    world.expectVerdicts(circuit, VERDICTS[refuser.code] ?? { ignored: 1 });
    await world.serve({
      outer: [world.pieces.breaker(circuit)],
      guards: [refuser.layer(world)],
      routes: { '/': refuser.handler ?? answers },
    });
    const client = await world.client();
    const answer = await client.get('/', { headers: refuser.headers ?? {} });
    expect(answer).toMatchObject({ status: refuser.status });
    world.release();
  },
});

/** Guards behind guards: what circuits and limits of time make of one another. */
export const NESTED_SCENARIOS: readonly Scenario[] = [
  ...REFUSERS.map(seenFromOutside),
  {
    title: 'two breakers count a failure each, and the outer one refuses without the inner one',
    run: async (world) => {
      const [outer, inner] = [world.circuit({ name: 'outer' }), world.circuit({ name: 'inner' })];
      world.expectVerdicts(outer, { failures: 1 });
      world.expectVerdicts(inner, { failures: 1 });
      await world.serve({
        outer: [world.pieces.breaker(outer)],
        guards: [world.pieces.breaker(inner)],
        routes: { '/': ({ text }) => text('', 500) },
      });
      const client = await world.client();
      expect(await client.get('/')).toMatchObject({ status: 500 });
      outer.isolate('for the test');
      expect(await client.get('/')).toMatchObject({ status: 503 });
      expect(inner.snapshot().counters.admitted).toBe(1);
    },
  },
  {
    title: 'two timeouts of the same time answer once',
    run: async (world) => {
      await world.serve({
        outer: [world.pieces.timeout({ timeoutMs: 20 })],
        guards: [world.pieces.timeout({ timeoutMs: 20 })],
        routes: { '/': () => new Promise(() => undefined) },
      });
      expectProblem(await (await world.client()).get('/'), 503, 'about:blank');
    },
  },
  {
    title: 'the shorter of two timeouts answers, wherever it stands',
    run: async (world) => {
      const { pieces } = world;
      const own = (body: string) => ({ onReject: () => ({ body }) });
      await world.serve({
        outer: [pieces.timeout({ timeoutMs: 20_000, ...own('long') })],
        guards: [pieces.timeout({ timeoutMs: 20, ...own('short') })],
        routes: { '/': () => new Promise(() => undefined) },
      });
      expect(await (await world.client()).get('/')).toMatchObject({ body: 'short' });
    },
  },
  {
    title: 'a timeout and a deadline of the same time answer once',
    run: async (world) => {
      const { pieces } = world;
      const circuit = world.circuit();
      world.expectVerdicts(circuit, 'any');
      await world.serve({
        outer: [pieces.deadline({ deadlineMs: 25 })],
        guards: [pieces.timeout({ timeoutMs: 25 }), pieces.breaker(circuit)],
        routes: { '/': () => new Promise(() => undefined) },
      });
      const { status } = await (await world.client()).get('/');
      expect(status).toBeOneOf([503, 504]);
    },
  },
];
