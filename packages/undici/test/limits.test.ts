import { circuitBreaker, consecutive, isRejection } from '@holdfast/core';
import { withDeadline, withoutDeadline } from '@holdfast/core/http';
import { virtualClock } from '@holdfast/core/testing';
import { Agent, fetch, pipeline, request, stream, type Dispatcher } from 'undici';
import { describe, expect, it, vi } from 'vitest';
import type { ServerResponse } from 'node:http';
import { PassThrough } from 'node:stream';
import { breaker, deadline, resilientAgent, retry, standard, timeout } from '../src/index.ts';
import { RecordingClock } from '../../core/test/support/recording-clock.ts';
import { afterTest, origin } from './origin.ts';

const composed = (
  interceptors: readonly Dispatcher.DispatcherComposeInterceptor[],
  options: Agent.Options = {},
): Dispatcher => {
  const agent = new Agent(options);
  afterTest(() => agent.destroy());
  return agent.compose(...interceptors);
};

const caught = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => 'answered',
    (error: unknown) => (error instanceof TypeError ? error.cause : error),
  );

/** Answers `/slow` after so long, `/hang` never, `/stall` with headers alone, everything else at once. */
const slowOrigin = (seen: string[] = [], headers: unknown[] = []): Promise<string> =>
  origin((message, response) => {
    seen.push(String(message.url));
    headers.push(message.headers);
    if (message.url === '/hang') return;
    if (message.url === '/stall') response.writeHead(200).write('begun');
    else response.end('ok');
  });

const apis: readonly (readonly [
  string,
  (url: string, dispatcher: Dispatcher) => Promise<unknown>,
])[] = [
  ['request', async (url, dispatcher) => (await request(url, { dispatcher })).body.text()],
  ['fetch', async (url, dispatcher) => (await fetch(url, { dispatcher })).text()],
  [
    'global fetch',
    async (url, dispatcher) => (await globalThis.fetch(url, { dispatcher } as object)).text(),
  ],
  [
    'stream',
    (url, dispatcher) =>
      stream(url, { dispatcher, method: 'GET' }, () => new PassThrough().resume()),
  ],
  [
    'pipeline',
    (url, dispatcher) =>
      new Promise((resolve, reject) => {
        pipeline(url, { dispatcher, method: 'GET' }, ({ body }) => body)
          .on('error', reject)
          .on('end', () => resolve('ended'))
          .resume()
          .end();
      }),
  ],
];

describe.each(apis)('%s', (_, call) => {
  it('ends with HF_TIMEOUT when no headers come in time', async () => {
    const url = await slowOrigin();
    const dispatcher = composed([timeout({ timeoutMs: 30 })]);
    expect(await caught(call(`${url}/hang`, dispatcher))).toMatchObject({
      code: 'HF_TIMEOUT',
      policy: 'outbound',
      afterMs: 30,
    });
  });

  it('ends with HF_DEADLINE_EXCEEDED when the body does not end in time', async () => {
    const url = await slowOrigin();
    const dispatcher = composed([deadline({ deadlineMs: 40 })]);
    expect(await caught(call(`${url}/stall`, dispatcher))).toMatchObject({
      code: 'HF_DEADLINE_EXCEEDED',
    });
  });

  it('ends in time while it is queued in a pool that is stuck', async () => {
    const seen: string[] = [];
    const url = await slowOrigin(seen);
    const agent = new Agent({ connections: 1 });
    afterTest(() => agent.destroy());
    // Of the same kind and through us: undici 8 keeps connections of their own for old handlers.
    const free = agent.compose(timeout({ timeoutMs: 60_000 }));
    const blocker = caught(call(`${url}/hang`, free));
    await vi.waitUntil(() => seen.length === 1);
    const bounded = agent.compose(deadline({ deadlineMs: 40 }));
    expect(await caught(call(`${url}/queued`, bounded))).toMatchObject({
      code: 'HF_DEADLINE_EXCEEDED',
    });
    await agent.destroy();
    await blocker;
    expect(seen).toEqual(['/hang']);
  });
});

describe('a timeout', () => {
  it('leaves a body that comes slowly alone', async () => {
    const begun: ServerResponse[] = [];
    const url = await origin((_, response) => {
      response.writeHead(200).write('slow');
      begun.push(response);
    });
    const clock = virtualClock();
    const dispatcher = composed([timeout({ timeoutMs: 30, clock })]);
    const { body } = await request(url, { dispatcher });
    clock.advance(60);
    for (const response of begun) response.end('ly');
    expect(await body.text()).toBe('slowly');
  });

  it('bounds the body too where it is told to', async () => {
    const url = await slowOrigin();
    const clock = virtualClock();
    const dispatcher = composed([timeout({ timeoutMs: 30, until: 'end', clock })]);
    const { body } = await request(`${url}/stall`, { dispatcher });
    const ended = caught(body.text());
    clock.advance(30);
    expect(await ended).toMatchObject({ code: 'HF_TIMEOUT' });
  });

  it('counts as a failure of the server, inside a circuit and outside of it', async () => {
    const url = await slowOrigin();
    for (const outside of [false, true]) {
      const circuit = circuitBreaker({ name: 'origin', trip: consecutive(1) });
      const order = [timeout({ timeoutMs: 30 }), breaker(circuit)];
      const dispatcher = composed(outside ? order.toReversed() : order);
      await caught(request(`${url}/hang`, { dispatcher }));
      expect(circuit.state).toBe('OPEN');
      expect(circuit.inFlight).toBe(0);
    }
  });

  it('ends an attempt and not the call', async () => {
    const url = await slowOrigin();
    let attempts = 0;
    // Not those that the server sees: on a busy machine an attempt may be over before it is there.
    const counts: Dispatcher.DispatcherComposeInterceptor = (dispatch) => (options, handler) => {
      attempts++;
      return dispatch(options, handler);
    };
    const limits = [timeout({ timeoutMs: 20 }), retry({ backoff: { baseMs: 0 } })];
    const dispatcher = composed([counts, ...limits]);
    expect(await caught(request(`${url}/hang`, { dispatcher }))).toMatchObject({
      code: 'HF_TIMEOUT',
    });
    expect(attempts).toBe(3);
  });
});

it('a limit lets the process go once the response has begun', () => {
  const clock = new RecordingClock();
  const controller = {
    aborted: false,
    paused: false,
    reason: null,
    abort: () => undefined,
    pause: () => undefined,
    resume: () => undefined,
  };
  const bounded = deadline({ deadlineMs: 1_000, clock })((_, handler) => {
    handler.onRequestStart?.(controller, null);
    setImmediate(() => handler.onResponseStart?.(controller, 200, {}, 'OK'));
    return true;
  });
  return new Promise<void>((resolve) => {
    bounded(
      { origin: 'http://origin.example', path: '/', method: 'GET' },
      {
        onRequestStart: () => undefined,
        onResponseStart: () => {
          expect(clock.holdsProcess).toBe(false);
          resolve();
        },
        onResponseError: () => undefined,
      },
    );
    expect(clock.holdsProcess).toBe(true);
  });
});

describe('a deadline', () => {
  it('is inherited, and the nearer one holds', async () => {
    const url = await slowOrigin();
    const dispatcher = composed([deadline({ deadlineMs: 60_000 })]);
    const error = await withDeadline(30, () => caught(request(`${url}/hang`, { dispatcher })));
    expect(error).toMatchObject({ code: 'HF_DEADLINE_EXCEEDED' });
  });

  it('is not inherited where it is told not to, nor within withoutDeadline', async () => {
    const url = await slowOrigin();
    const deaf = composed([deadline({ inherit: false })]);
    const hearing = composed([deadline()]);
    await withDeadline(0, async () => {
      expect(await (await request(url, { dispatcher: deaf })).body.text()).toBe('ok');
      const free = withoutDeadline(() => request(url, { dispatcher: hearing }));
      expect(await (await free).body.text()).toBe('ok');
    });
  });

  it('that has passed sends nothing', async () => {
    const seen: string[] = [];
    const url = await slowOrigin(seen);
    const dispatcher = composed([deadline()]);
    const error = await withDeadline(0, () => caught(fetch(url, { dispatcher })));
    expect(error).toMatchObject({ code: 'HF_DEADLINE_EXCEEDED' });
    expect(isRejection(error)).toBe(true);
    expect(seen).toEqual([]);
  });

  it.each([
    ['x-request-timeout-ms', /^\d{3,4}$/],
    ['x-envoy-expected-rq-timeout-ms', /^\d{3,4}$/],
    ['grpc-timeout', /^\d{3,4}m$/],
  ] as const)('travels on as %s, and each attempt tells what is left', async (header, form) => {
    const headers: Record<string, string>[] = [];
    const url = await origin((message, response) => {
      headers.push(message.headers as Record<string, string>);
      response.writeHead(headers.length === 1 ? 503 : 200).end();
    });
    const pause = { baseMs: 60, jitter: 'none' } as const;
    const dispatcher = composed([
      retry({ backoff: pause }),
      deadline({ deadlineMs: 1_000, header }),
    ]);
    await (await request(url, { dispatcher, headers: { [header]: '5' } })).body.dump();
    const [first = '', second = ''] = headers.map((each) => each[header]);
    expect(first).toMatch(form);
    expect(Number.parseInt(first, 10)).toBeLessThanOrEqual(1_000);
    expect(Number.parseInt(first, 10) - Number.parseInt(second, 10)).toBeGreaterThanOrEqual(59);
  });

  it('says nothing about a server to whom it left too little time', async () => {
    const url = await slowOrigin();
    const circuit = circuitBreaker({ name: 'origin', trip: consecutive(1) });
    const dispatcher = composed([breaker(circuit), deadline({ deadlineMs: 30 })]);
    await caught(request(`${url}/hang`, { dispatcher }));
    expect(circuit.snapshot()).toMatchObject({ state: 'CLOSED', counters: { ignored: 1 } });
  });

  it('bounds what waits in a bulkhead, in a rate limit and in a pause', async () => {
    const url = await slowOrigin();
    const set = standard({
      bulkhead: { concurrency: 1, queue: 5, maxWaitMs: 60_000 },
      timeout: { timeoutMs: 400 },
      deadline: { deadlineMs: 400 },
    });
    const dispatcher = composed(set);
    const holder = caught(request(`${url}/hang`, { dispatcher }));
    const waiter = withDeadline(30, () => caught(request(`${url}/hang`, { dispatcher })));
    expect(await waiter).toMatchObject({ code: 'HF_DEADLINE_EXCEEDED' });
    expect(set.policies.bulkhead?.get(url).snapshot()).toMatchObject({ waiting: 0, inFlight: 1 });
    await holder;
    expect(set.policies.bulkhead?.get(url).snapshot().inFlight).toBe(0);
  });
});

it.each([
  [() => timeout({ timeoutMs: 0 }), 'timeoutMs'],
  [() => timeout(null as never), 'timeout'],
  [() => resilientAgent(null as never), 'resilientAgent'],
  [() => timeout({ timeoutMs: 5, until: 'body' as never }), 'until'],
  [() => deadline({ deadlineMs: -1 }), 'deadlineMs'],
  [() => deadline({ header: 'request-timeout' as never }), 'header'],
  [() => deadline({ inherit: 'yes' as never }), 'inherit'],
  [() => deadline({ afterMs: 5 } as never), 'afterMs'],
])('names the wrong option: %s', (make, name) => {
  expect(make).toThrow(name);
});
