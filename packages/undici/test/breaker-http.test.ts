import { createServer } from 'node:https';
import { consecutive, isRefusal, type CircuitBreaker } from '@holdfast/core';
import { withDeadline } from '@holdfast/core/http';
import { virtualClock } from '@holdfast/core/testing';
import { Agent, request, stream, type Dispatcher } from 'undici';
import { describe, expect, it, vi } from 'vitest';
import { selfSigned } from '../faults/server/certificate.ts';
import { breaker, bulkhead, deadline, retry, timeout } from '../src/index.ts';
import {
  afterTest,
  circuitOf,
  guarded,
  keyed,
  listen,
  NOTHING,
  origin,
  verdicts,
} from './origin.ts';

it('a handler that throws says nothing against a server that answered well', async () => {
  const url = await origin((_, response) => response.end('fine'));
  const circuit = circuitOf();
  const call = stream(url, { method: 'GET', dispatcher: guarded(circuit) }, () => {
    throw new Error('no room');
  });
  await expect(call).rejects.toThrow('no room');
  expect(verdicts(circuit)).toEqual({ ...NOTHING, successes: 1 });
});

it('a certificate that is not trusted is no failure, and is warned of once', async () => {
  const server = createServer(selfSigned('127.0.0.1'), (_, response) => response.end());
  const url = (await listen(server)).replace('http', 'https');
  const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
  afterTest(() => warn.mockRestore());
  const circuit = circuitOf();
  const dispatcher = guarded(circuit);
  for (let call = 0; call < 3; call++)
    await expect(request(url, { dispatcher })).rejects.toMatchObject({
      code: 'DEPTH_ZERO_SELF_SIGNED_CERT',
    });
  expect(verdicts(circuit)).toEqual({ ...NOTHING, ignored: 3 });
  expect(
    warn.mock.calls.filter(([, options]) => Object(options).code === 'HF_CERTIFICATE'),
  ).toHaveLength(1);
});

it('a caller that throws at an early hint says nothing, and is not asked again', async () => {
  let arrived = 0;
  const url = await origin((_, response) => {
    arrived++;
    response.writeEarlyHints({ link: '</a.css>; rel=preload' });
    response.end('fine');
  });
  const circuit = circuitOf();
  const agent = new Agent();
  afterTest(() => agent.destroy());
  const dispatcher = agent.compose(breaker(circuit), retry({ backoff: { baseMs: 0 } }));
  const onInfo = (): never => {
    throw new Error('no hints, please');
  };
  await expect(request(url, { dispatcher, onInfo })).rejects.toThrow('no hints');
  expect(arrived).toBe(1);
  expect(verdicts(circuit)).toEqual({ ...NOTHING, ignored: 1 });
});

describe('circuits by origin', () => {
  it('one that fails opens alone', async () => {
    const sick = await origin((_, response) => response.writeHead(500).end());
    const well = await origin((_, response) => response.end('fine'));
    const { dispatcher, circuits } = keyed();
    await (await request(sick, { dispatcher })).body.dump();
    await expect(request(sick, { dispatcher })).rejects.toSatisfy(isRefusal);
    expect(await (await request(well, { dispatcher })).body.text()).toBe('fine');
    expect([...(circuits?.entries() ?? [])].map(([key, { state }]) => [key, state])).toEqual([
      [sick, 'OPEN'],
      [well, 'CLOSED'],
    ]);
  });

  it('a function may name another key, or leave a request alone with null', async () => {
    const url = await origin((message, response) =>
      response.writeHead(message.url === '/ok' ? 200 : 500).end(),
    );
    const { dispatcher, circuits } = keyed({
      key: ({ path }) => (path === '/free' ? null : path),
    });
    for (const path of ['/a', '/ok', '/free', '/free'])
      await (await request(url + path, { dispatcher })).body.dump();
    expect([...(circuits?.entries() ?? [])].map(([key, { state }]) => [key, state])).toEqual([
      ['/a', 'OPEN'],
      ['/ok', 'CLOSED'],
    ]);
  });

  it('a hundred thousand of them neither grow it nor close an open one', () => {
    const clock = virtualClock();
    const intercept = breaker({ trip: consecutive(1), clock, maxKeys: 100 });
    const status = (origin_: string): number => (origin_.includes('sick') ? 500 : 200);
    const dispatch = intercept((options, handler) => {
      const controller = {
        aborted: false,
        paused: false,
        reason: null,
        abort() {},
        pause() {},
        resume() {},
      };
      handler.onRequestStart?.(controller, null);
      handler.onResponseStart?.(controller, status(String(options.origin)), {}, '');
      handler.onResponseEnd?.(controller, {});
      return true;
    });
    const answers: unknown[] = [];
    const call = (host: string): boolean =>
      dispatch(
        { origin: `http://${host}`, path: '/', method: 'GET' },
        {
          onRequestStart: () => undefined,
          onResponseStart: (_, code) => void answers.push(code),
          onResponseError: (_, error) => void answers.push(error),
        },
      );
    call('sick.example');
    for (let host = 0; host < 100_000; host++) call(`${host}.example`);
    expect(intercept.circuits?.size).toBe(100);
    expect(intercept.circuits?.get('http://sick.example').state).toBe('OPEN');
    for (let host = 0; host < 1_000; host++) call(`sick-${host}.example`);
    expect(intercept.circuits?.overflows).toBeGreaterThan(0);
    answers.length = 0;
    call('new-and-well.example');
    expect(answers).toEqual([200]);
  });
});

describe('half-open', () => {
  it('a call waits for its turn where there is an overflow, and a caller may leave', async () => {
    const url = await origin((message, response) => {
      setTimeout(() => response.end(message.url), 40);
    });
    const { dispatcher, circuits } = keyed({
      halfOpen: { probes: 1, overflow: { waitMs: 5_000, max: 5 } },
    });
    const circuit = circuits?.get(url) as CircuitBreaker;
    circuit.open(1);
    await vi.waitUntil(() => circuit.explain().nextAdmissionMs === 0);
    const controller = new AbortController();
    const probe = request(`${url}/probe`, { dispatcher });
    const waiter = request(`${url}/waiter`, { dispatcher });
    const leaver = request(`${url}/leaver`, { dispatcher, signal: controller.signal });
    await vi.waitUntil(() => circuit.snapshot().waiting === 2);
    controller.abort();
    await expect(leaver).rejects.toMatchObject({ name: 'AbortError' });
    expect(circuit.snapshot().waiting).toBe(1);
    expect(await (await probe).body.text()).toBe('/probe');
    expect(await (await waiter).body.text()).toBe('/waiter');
    expect(verdicts(circuit)).toEqual({ ...NOTHING, successes: 2 });
  });

  it('a probe that its caller gives up before the answer gives its place back', async () => {
    const url = await origin((message, response) => {
      if (message.url === '/ok') response.end();
    });
    const { dispatcher, circuits } = keyed({ halfOpen: { probes: 1 } });
    const circuit = circuits?.get(url) as CircuitBreaker;
    circuit.open(1);
    await vi.waitUntil(() => circuit.explain().nextAdmissionMs === 0);
    const controller = new AbortController();
    const probe = request(`${url}/hang`, { dispatcher, signal: controller.signal });
    setTimeout(() => controller.abort(), 20);
    await expect(probe).rejects.toMatchObject({ name: 'AbortError' });
    await (await request(`${url}/ok`, { dispatcher })).body.dump();
    expect(circuit.state).toBe('CLOSED');
  });
});

it('a request that was aborted before it began is not sent and counts nothing', async () => {
  let arrived = 0;
  const url = await origin((_, response) => {
    arrived++;
    response.end();
  });
  const circuit = circuitOf();
  const call = request(url, { dispatcher: guarded(circuit), signal: AbortSignal.abort() });
  await expect(call).rejects.toMatchObject({ name: 'AbortError' });
  expect(circuit.snapshot().counters).toMatchObject({ admitted: 0, ignored: 0 });
  expect(arrived).toBe(0);
});

it('hears an abort while the request is queued in the pool, and does not wait for the pool', async () => {
  const url = await origin(() => undefined);
  const circuit = circuitOf();
  const agent = new Agent({ connections: 1 });
  afterTest(() => agent.destroy());
  const dispatcher: Dispatcher = agent.compose(breaker(circuit));
  const blocker = request(url, { dispatcher }).catch(() => undefined);
  await new Promise((resolve) => {
    setTimeout(resolve, 20);
  });
  const controller = new AbortController();
  const queued = request(url, { dispatcher, signal: controller.signal });
  controller.abort();
  await expect(queued).rejects.toMatchObject({ name: 'AbortError' });
  expect(verdicts(circuit)).toEqual({ ...NOTHING, ignored: 1, inFlight: 1 });
  await agent.destroy();
  await blocker;
});

it.each([
  ['further out', deadline({ deadlineMs: 1_050 }), true],
  ['between the queue and the circuit', timeout({ timeoutMs: 60 }), false],
] as const)(
  'is told nothing of a call whose time ran out in a queue, %s',
  async (_, limit, outside) => {
    const url = await origin(() => undefined);
    const circuit = circuitOf();
    const slots = bulkhead({ concurrency: 1, queue: 9, maxWaitMs: 60_000 });
    const agent = new Agent();
    afterTest(() => agent.destroy());
    const holder = request(url, { dispatcher: agent.compose(slots) }).catch(() => undefined);
    const order = outside ? [slots, breaker(circuit), limit] : [slots, limit, breaker(circuit)];
    const waiter = request(url, { dispatcher: agent.compose(...order) });
    await expect(waiter).rejects.toMatchObject({ policy: 'outbound' });
    expect(verdicts(circuit)).toEqual({ ...NOTHING, ignored: 1 });
    await agent.destroy();
    await holder;
  },
);

it('is told nothing of a call whose time ran out in a queue of ours', async () => {
  const url = await origin(() => undefined);
  const intercept = breaker({ trip: consecutive(1) });
  const agent = new Agent();
  afterTest(() => agent.destroy());
  const slots = bulkhead({ concurrency: 1, queue: 9, maxWaitMs: 60_000 });
  const dispatcher = agent.compose(slots, intercept, deadline());
  const holder = request(url, { dispatcher }).catch(() => undefined);
  const waiters = [
    withDeadline(1_050, () => request(url, { dispatcher })),
    request(url, { dispatcher, signal: AbortSignal.timeout(20) }),
  ];
  const ends = await Promise.allSettled(waiters);
  expect(ends.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  const circuit = intercept.circuits?.get(url) as CircuitBreaker;
  expect(verdicts(circuit)).toEqual({ ...NOTHING, ignored: 2, inFlight: 1 });
  await agent.destroy();
  await holder;
});

it('holds what it has for a handler that pauses before the response begins', async () => {
  const url = await origin((_, response) => {
    setTimeout(() => response.writeHead(503).end(), 120);
  });
  const intercept = breaker({ trip: consecutive(5), unreadBodyMs: 20 });
  const agent = new Agent();
  afterTest(() => agent.destroy());
  await new Promise((resolve, reject) => {
    agent.compose(intercept).dispatch(
      { origin: url, path: '/', method: 'GET' },
      {
        onRequestStart: (controller) => controller.pause(),
        onResponseStart: (controller) => controller.resume(),
        onResponseEnd: resolve,
        onResponseError: (_, error) => reject(error),
      },
    );
  });
  expect(verdicts(intercept.circuits?.get(url) as CircuitBreaker)).toEqual({
    ...NOTHING,
    failures: 1,
  });
});

it('takes another judgement of statuses', async () => {
  const url = await origin((_, response) => response.writeHead(404).end());
  const { dispatcher, circuits } = keyed({ failureStatus: (status) => status === 404 });
  await (await request(url, { dispatcher })).body.dump();
  expect(circuits?.get(url).state).toBe('OPEN');
});

it.each([
  [{ failureStatus: 500 }, 'failureStatus'],
  [{ unreadBodyMs: 0 }, 'unreadBodyMs'],
  [{ key: 'origin' }, 'key'],
  [{ maxKeys: 1.5 }, 'maxEntries'],
  [{ halfOpen: { probes: 0 } }, 'probes'],
  [{ threshold: 5 }, 'threshold'],
  [{ classify: () => 'success' }, 'classify'],
  [null, 'breaker'],
])('names the wrong option of %o', (options, name) => {
  expect(() => breaker(options as never)).toThrow(name);
});

it('shares one circuit that is given', async () => {
  const url = await origin((_, response) => response.writeHead(500).end());
  const circuit = circuitOf();
  const dispatcher = guarded(circuit);
  await (await request(url, { dispatcher })).body.dump();
  await (
    await request(await origin((_, response) => response.writeHead(500).end()), { dispatcher })
  ).body.dump();
  expect(circuit.state).toBe('OPEN');
});
