import { expect } from 'vitest';
import type { Behaviour, Layer } from '../rig.ts';
import type { Scenario } from '../run-scenario.ts';
import { gate, settled } from '../until.ts';
import type { World } from '../world.ts';
import { expectProblem, EXCEEDED, guarded, REDUCED, untilHeld } from './guarded.ts';

const reads: Behaviour = async ({ request, text }) => {
  let length = 0;
  for await (const part of request) length += (part as Buffer).length;
  text(`${length} bytes`);
};

const SIZE = 500_000;
const upload = { method: 'POST', headers: { 'Content-Length': `${SIZE}` } };

interface Refuser {
  readonly by: string;
  readonly status: number;
  readonly type: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** What refuses the next request. */
  guard(world: World): Promise<Layer> | Layer;
}

const REFUSERS: readonly Refuser[] = [
  {
    by: 'an open circuit',
    status: 503,
    type: REDUCED,
    guard: (world) => {
      const circuit = world.circuit();
      world.expectVerdicts(circuit, {});
      circuit.open(60_000);
      return world.pieces.breaker(circuit);
    },
  },
  {
    by: 'a full bulkhead',
    status: 503,
    type: REDUCED,
    guard: (world) => {
      const limit = world.bulkhead({ concurrency: 1 });
      const permit = limit.tryAcquire();
      if (permit.admitted) world.onRelease(() => permit.release());
      return world.pieces.bulkhead(limit);
    },
  },
  {
    by: 'a rate limit',
    status: 429,
    type: EXCEEDED,
    guard: (world) =>
      world.pieces.rateLimit({ quota: 1, windowMs: 60_000, cost: () => 2, key: () => '' }),
  },
  {
    by: 'a deadline that has passed',
    status: 504,
    type: 'about:blank',
    headers: { 'X-Request-Timeout-Ms': '1' },
    guard: (world) => world.pieces.deadline({ trust: true }),
  },
];

const refusedAtOnce = ({ by, status, type, headers = {}, guard }: Refuser): Scenario => ({
  title: `an upload that is refused by ${by} is answered at once, and the connection goes on`,
  run: async (world) => {
    let calls = 0;
    await world.serve({ guards: [await guard(world)], routes: { '/': () => calls++ } });
    const client = await world.client();
    client.send('/', { method: 'POST', headers: { ...upload.headers, ...headers } });
    client.write('x'.repeat(SIZE / 2));
    expectProblem(await client.answer(), status, type);
    client.write('x'.repeat(SIZE / 2));
    world.release();
    expect(await client.get('/ping')).toMatchObject({ status: 200 });
    expect(calls).toBe(0);
  },
});

export const UPLOAD_SCENARIOS: readonly Scenario[] = [
  ...REFUSERS.map(refusedAtOnce),
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
    title: 'a body that trickles in is answered for when the time is over, once',
    run: async (world) => {
      const { guards, circuit, limit } = guarded(world, { timeoutMs: 40 });
      world.expectVerdicts(circuit, { failures: 1 });
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
