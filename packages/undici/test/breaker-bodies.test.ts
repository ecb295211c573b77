import { once } from 'node:events';
import { Readable } from 'node:stream';
import type { CircuitBreaker } from '@holdfast/core';
import { virtualClock } from '@holdfast/core/testing';
import { Agent, fetch, request, type Dispatcher } from 'undici';
import { describe, expect, it, vi } from 'vitest';
import { breaker, deadline, timeout } from '../src/index.ts';
import { afterTest, circuitOf, guarded, keyed, NOTHING, origin, verdicts } from './origin.ts';

describe('a failing request body says nothing about the server', () => {
  const broken = new Error('disk');
  const bodies = {
    'a stream': () =>
      new Readable({
        read() {
          this.destroy(broken);
        },
      }),
    'a generator': function* generate() {
      yield 'half';
      throw broken;
    },
    'an async generator': async function* generate() {
      yield 'half';
      throw broken;
    },
    'a web stream': () =>
      new ReadableStream({
        pull: (controller) => controller.error(broken),
      }),
  };

  it.each(Object.entries(bodies))('%s', async (_, make) => {
    const url = await origin((message, response) => {
      message.on('error', () => undefined).resume();
      message.on('end', () => response.end());
    });
    const circuit = circuitOf();
    const options = { method: 'PUT', body: make() as never, dispatcher: guarded(circuit) } as const;
    await expect(request(url, options)).rejects.toBe(broken);
    expect(verdicts(circuit)).toEqual({ ...NOTHING, ignored: 1 });
  });

  it('a stream of fetch', async () => {
    const url = await origin((message) => void message.on('error', () => undefined).resume());
    const circuit = circuitOf();
    const body = bodies['a web stream']();
    const init = { method: 'PUT', body, duplex: 'half', dispatcher: guarded(circuit) } as const;
    await expect(fetch(url, init)).rejects.toThrow('fetch failed');
    expect(verdicts(circuit)).toEqual({ ...NOTHING, ignored: 1 });
  });

  it('and no listener is left on a stream that was sent', async () => {
    const url = await origin((message, response) => {
      message.resume().on('end', () => response.end());
    });
    const left = async (dispatcher: Dispatcher): Promise<number> => {
      const body = Readable.from(['all', ' of it']);
      await (await request(url, { method: 'PUT', body, dispatcher })).body.dump();
      return body.listenerCount('error');
    };
    const bare = new Agent();
    afterTest(() => bare.destroy());
    expect(await left(guarded(circuitOf()))).toBe(await left(bare));
  });
});

describe('a body that nobody reads', () => {
  /** Sends far more than any buffer takes, and goes on. */
  const flood = (): Promise<string> =>
    origin((_, response) => {
      response.writeHead(200);
      const send = (): void => {
        while (response.write(Buffer.alloc(65_536)));
      };
      response.on('drain', send);
      send();
    });

  it('holds no permit for ever', async () => {
    const url = await flood();
    const { dispatcher, circuits } = keyed({ unreadBodyMs: 40 });
    const { body } = await request(url, { dispatcher });
    const circuit = circuits?.get(url) as CircuitBreaker;
    await vi.waitUntil(() => circuit.inFlight === 0);
    expect(verdicts(circuit)).toEqual({ ...NOTHING, successes: 1 });
    body.on('error', () => undefined).destroy();
  });

  it.each([
    [
      'a deadline',
      (circuit: CircuitBreaker) => [breaker(circuit), deadline({ deadlineMs: 1_100 })],
    ],
    [
      'a timeout',
      (circuit: CircuitBreaker) => [timeout({ timeoutMs: 200, until: 'end' }), breaker(circuit)],
    ],
  ] as const)('is no failure of the server where %s ends it', async (_, around) => {
    const url = await flood();
    const circuit = circuitOf();
    const agent = new Agent();
    afterTest(() => agent.destroy());
    const dispatcher = agent.compose(...around(circuit));
    const { body } = await request(url, { dispatcher });
    await new Promise((resolve) => {
      body.on('error', () => undefined).on('close', resolve);
    });
    expect(verdicts(circuit)).toEqual({ ...NOTHING, successes: 1 });
  });

  it('that the server breaks off is a failure, though its reader had paused', () => {
    const circuit = circuitOf();
    const reset = Object.assign(new Error('reset'), { code: 'ECONNRESET' });
    const controller = {
      aborted: false,
      paused: true,
      reason: null,
      abort: () => undefined,
      pause: () => undefined,
      resume: () => undefined,
    };
    const dispatch = breaker(circuit)((_, handler) => {
      handler.onRequestStart?.(controller, null);
      handler.onResponseStart?.(controller, 200, {}, 'OK');
      handler.onResponseError?.(controller, reset);
      return true;
    });
    const heard: Error[] = [];
    const options = { origin: 'http://origin.example', path: '/', method: 'GET' } as const;
    dispatch(options, {
      onRequestStart: () => undefined,
      onResponseError: (_, error) => void heard.push(error),
    });
    expect(heard).toEqual([reset]);
    expect(verdicts(circuit)).toEqual({ ...NOTHING, failures: 1 });
  });

  it('that is read slowly is no such body', async () => {
    const url = await flood();
    const clock = virtualClock();
    const { dispatcher, circuits } = keyed({ unreadBodyMs: 60, clock });
    const { body } = await request(url, { dispatcher });
    const circuit = circuits?.get(url) as CircuitBreaker;
    for (let part = 0; part < 8; part++) {
      for (let chunk = 0; chunk < 40; chunk++)
        if (body.read() === null) await once(body, 'readable');
      // Full again: it is paused as the time passes.
      await vi.waitUntil(() => body.readableLength >= body.readableHighWaterMark);
      clock.advance(20);
      expect(circuit.inFlight).toBe(1);
    }
    body.on('error', () => undefined).destroy();
    await vi.waitUntil(() => circuit.inFlight === 0);
  });
});
