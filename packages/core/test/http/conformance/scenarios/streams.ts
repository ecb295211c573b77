import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import type { Behaviour } from '../rig.ts';
import type { Scenario } from '../run-scenario.ts';
import { settled } from '../until.ts';
import { guarded } from './guarded.ts';

/** A stream that gives `parts`, then breaks. */
const breaking = (...parts: readonly string[]): Readable =>
  Readable.from(
    (async function* () {
      for (const part of parts) {
        yield part;
        await sleep(2);
      }
      throw new Error('the source broke');
    })(),
  );

/** The head is out; then something goes wrong on our side, and the client must not wait for the rest. */
const brokenOff = (title: string, handler: Behaviour, begun = 'begun'): Scenario => ({
  title,
  run: async (world) => {
    const { guards, circuit } = guarded(world);
    world.expectVerdicts(circuit, { failures: 1 });
    await world.serve({ guards, routes: { '/': handler } });
    const client = await world.client();
    client.send('/');
    await client.hangUp();
    expect(client.answers).toMatchObject([{ status: 200, body: begun, complete: false }]);
  },
});

const writes: Behaviour = async ({ raw }) => {
  const response = raw();
  for (const part of ['one', 'two', 'three']) {
    response.write(part);
    await settled();
  }
  response.end();
};

const whole = (title: string, handler: Behaviour, body: string): Scenario => ({
  title,
  run: async (world) => {
    const { guards, circuit } = guarded(world, { timeoutMs: 20_000 });
    world.expectVerdicts(circuit, { successes: 1 });
    await world.serve({ guards, routes: { '/': handler } });
    const answer = await (await world.client()).get('/');
    expect(answer).toMatchObject({ status: 200, body, complete: true });
  },
});

const large = 'x'.repeat(300_000);

const BROKEN: readonly Scenario[] = [
  brokenOff('a throw after the headers ends the connection and is a failure', ({ raw }) => {
    raw().write('begun');
    throw new Error('after the headers');
  }),
  brokenOff(
    'a rejection after the headers ends the connection and is a failure',
    async ({ raw }) => {
      raw().write('begun');
      await settled();
      throw new Error('after the headers');
    },
  ),
  brokenOff('a handler that destroys the response in the middle is a failure', async ({ raw }) => {
    const response = raw();
    response.write('begun');
    await sleep(5);
    response.destroy();
  }),
  brokenOff('a handler that destroys the response with an error is a failure', async ({ raw }) => {
    const response = raw();
    response.write('begun');
    await sleep(5);
    response.destroy(new Error('given up'));
  }),
  brokenOff(
    'a body stream that errors in the middle ends the connection and is a failure',
    (exchange) => exchange.stream(breaking('be', 'gun')),
  ),
];

/** Answers in parts, whole and broken off. */
export const STREAM_SCENARIOS: readonly Scenario[] = [
  ...BROKEN,
  whole('an answer in several writes arrives whole', writes, 'onetwothree'),
  whole(
    'a body stream arrives whole',
    (exchange) => exchange.stream(Readable.from(['a', 'stream'])),
    'astream',
  ),
  whole(
    'a large body stream with back pressure arrives whole',
    (exchange) =>
      exchange.stream(Readable.from(Array.from({ length: 30 }, () => large.slice(0, 10_000)))),
    large,
  ),
  whole(
    'a stream that is piped into the plain response arrives whole',
    ({ raw }) => void Readable.from(['pi', 'ped']).pipe(raw()),
    'piped',
  ),
  {
    title:
      'a handler that destroys the response before the headers leaves nothing, and is a failure',
    run: async (world) => {
      const { guards, circuit } = guarded(world);
      world.expectVerdicts(circuit, { failures: 1 });
      await world.serve({ guards, routes: { '/': ({ raw }) => void raw().destroy() } });
      const client = await world.client();
      client.send('/');
      await client.hangUp();
      expect(client.answers).toEqual([]);
    },
  },
  {
    title: 'a body stream that errors before its first byte is a failure',
    run: async (world) => {
      const { guards, circuit } = guarded(world);
      world.expectVerdicts(circuit, { failures: 1 });
      await world.serve({ guards, routes: { '/': (exchange) => exchange.stream(breaking()) } });
      const client = await world.client();
      client.send('/');
      await client.hangUp();
    },
  },
  {
    title: 'early hints before the answer are passed on, and one answer follows',
    run: async (world) => {
      const { guards, circuit } = guarded(world);
      world.expectVerdicts(circuit, { successes: 1 });
      const handler: Behaviour = ({ raw, text }) => {
        raw().writeEarlyHints({ link: '</style.css>; rel=preload' });
        if (world.rig.name === 'koa') raw().end('hinted');
        else text('hinted');
      };
      await world.serve({ guards, routes: { '/': handler } });
      const answer = await (await world.client()).get('/');
      expect(answer).toMatchObject({ status: 200, interim: [103], body: 'hinted' });
    },
  },
];
