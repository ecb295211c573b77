import { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe } from 'vitest';
import { bytes } from './support/plain.ts';
import { whole, wholeFetch } from './support/read.ts';
import { afterBody, ok } from './support/replies.ts';
import { Tape, type Controller } from './support/tape.ts';
import { transparent } from './support/transparent.ts';
import { until, type World } from './support/world.ts';

const SIZE = 4.5 * 1024 * 1024;
const large = Buffer.alloc(SIZE, 'each byte counts. ');

/** A server that says how much it could get rid of. */
const measured = async (
  world: World,
  size = SIZE,
): Promise<{ url: string; handedOver: () => number }> => {
  let handedOver = 0;
  const source = function* produce(): Generator<Buffer> {
    for (; handedOver < size; handedOver += 65_536) yield Buffer.alloc(65_536, 'counts. ');
  };
  const url = await world.serve((_, response) => void Readable.from(source()).pipe(response));
  return { url, handedOver: () => handedOver };
};

/** Waits until the number is the same for a while. */
const settled = async (read: () => number): Promise<void> => {
  await until(() => read() > 0);
  for (let before = 0; before !== read(); await sleep(8)) before = read();
};

describe('large bodies', () => {
  transparent(
    '4.5 MB are received whole by request, fetch and dispatch',
    async (world) => {
      const origin = await world.serve(ok(large));
      const dispatcher = world.agent();
      const tape = new Tape();
      dispatcher.dispatch({ origin, path: '/', method: 'GET' }, tape);
      await tape.done;
      return [
        await whole(await world.undici.request(origin, { dispatcher })),
        await wholeFetch(await world.undici.fetch(origin, { dispatcher })),
        tape.events,
      ];
    },
    { shows: `${SIZE} bytes, sha256` },
  );

  transparent(
    'a slow reader gets all of it, piece by piece',
    async (world) => {
      const url = await world.serve(ok(large));
      const { body } = await world.undici.request(url, { dispatcher: world.agent() });
      const chunks: Buffer[] = [];
      let mostBuffered = 0;
      const slow = new Writable({
        highWaterMark: 1,
        write: (chunk: Buffer, _, done) => {
          mostBuffered = Math.max(mostBuffered, body.readableLength);
          chunks.push(chunk);
          setImmediate(done);
        },
      });
      await pipeline(body, slow);
      return { all: bytes(Buffer.concat(chunks)), bounded: mostBuffered < 512 * 1024 };
    },
    { shows: 'bounded: true', core: true },
  );

  transparent(
    'nobody reads: what has arrived is bounded',
    async (world) => {
      const { url, handedOver } = await measured(world);
      const { body } = await world.undici.request(url, { dispatcher: world.agent() });
      await settled(handedOver);
      const { readableLength } = body;
      const rest = Buffer.from(await body.arrayBuffer());
      return { bounded: readableLength < 512 * 1024, rest };
    },
    { shows: 'bounded: true' },
  );

  transparent(
    'nobody reads what fetch brought: the server has to wait',
    async (world) => {
      const { url, handedOver } = await measured(world, 4 * SIZE);
      const response = await world.undici.fetch(url, { dispatcher: world.agent() });
      await settled(handedOver);
      const waits = handedOver() < 3 * SIZE;
      return { waits, length: (await response.arrayBuffer()).byteLength };
    },
    { shows: 'waits: true' },
  );

  transparent(
    'a handler pauses and resumes: nothing comes in between',
    async (world) => {
      const { url, handedOver } = await measured(world);
      let chunks = 0;
      const tape = new Tape({
        onResponseData: (controller) => {
          chunks += 1;
          if (chunks % 8 === 1) controller.pause();
        },
      });
      world.agent().dispatch({ origin: url, path: '/', method: 'GET' }, tape);
      const seen: unknown[] = [];
      for (let pause = 0; pause < 2; pause++) {
        await until(() => tape.controller?.paused === true);
        const before = chunks;
        await settled(handedOver);
        seen.push({ more: chunks - before, paused: tape.controller?.paused });
        tape.controller?.resume();
        seen.push({ paused: tape.controller?.paused });
      }
      const keepGoing = setInterval(() => tape.controller?.resume(), 1);
      world.afterwards(() => clearInterval(keepGoing));
      await tape.done;
      return [seen, tape.events];
    },
    { shows: /more: 0[^]*onResponseEnd/, core: true },
  );

  for (const event of ['onRequestStart', 'onResponseStart'] as const)
    transparent(
      `a handler pauses in ${event} and resumes later`,
      async (world) => {
        const { url, handedOver } = await measured(world);
        let chunks = 0;
        const tape = new Tape({
          [event]: (controller: Controller) => controller.pause(),
          onResponseData: () => void (chunks += 1),
        });
        world.agent().dispatch({ origin: url, path: '/', method: 'GET' }, tape);
        await settled(handedOver);
        const early = { chunks, paused: tape.controller?.paused };
        tape.controller?.resume();
        await tape.done;
        return [early, tape.events];
      },
      {
        shows: /chunks: 0[^]*onResponseEnd/,
        core: true,
        notOn7: 'a pause in onRequestStart is forgotten there',
      },
    );

  transparent(
    'an upload is read no faster than the server takes it',
    async (world) => {
      let read = 0;
      let take: () => void = () => undefined;
      const origin = await world.serve((request, response) => {
        take = () => request.resume().on('end', () => response.end('thanks'));
      });
      const body = new Readable({
        read() {
          read += 65_536;
          this.push(read > 4 * SIZE ? null : Buffer.alloc(65_536, 'up'));
        },
      });
      const dispatcher = world.agent();
      const response = world.undici.request(origin, { dispatcher, method: 'PUT', body });
      await settled(() => read);
      const waits = read < 3 * SIZE;
      take();
      return { waits, response: await whole(await response) };
    },
    { shows: /waits: true[^]*thanks/ },
  );

  transparent(
    '4.5 MB are sent whole by request and fetch',
    async (world) => {
      const origin = await world.serve(afterBody((body, _, response) => response.end(bytes(body))));
      const dispatcher = world.agent({ connections: 1 });
      return [
        await whole(await world.undici.request(origin, { dispatcher, method: 'PUT', body: large })),
        await wholeFetch(
          await world.undici.fetch(origin, { dispatcher, method: 'PUT', body: large }),
        ),
      ];
    },
    { shows: `${SIZE} bytes, sha256` },
  );
});
