import { once } from 'node:events';
import { createServer } from 'node:http';
import { circuitBreaker, isRefusal } from '@holdfast/core';
import { Agent, fetch, interceptors, request, upgrade, type Dispatcher } from 'undici';
import { describe, expect, it, vi } from 'vitest';
import { breaker } from '../src/index.ts';
import { afterTest, circuitOf, guarded, listen, NOTHING, origin, verdicts } from './origin.ts';

/** Opens the circuit and lets its break be over, so that the next call is a probe. */
const halfOpen = async (circuit: ReturnType<typeof circuitOf>): Promise<void> => {
  circuit.open(1);
  await vi.waitUntil(() => circuit.explain().nextAdmissionMs === 0);
};

describe('what a response says', () => {
  it('counts a response as a success when its body has ended', async () => {
    let finish = (): unknown => undefined;
    const url = await origin((_, response) => {
      response.writeHead(200).write('pa');
      finish = () => response.end('id');
    });
    const circuit = circuitOf();
    const { body } = await request(url, { dispatcher: guarded(circuit) });
    expect(verdicts(circuit)).toEqual({ ...NOTHING, inFlight: 1 });
    finish();
    expect(await body.text()).toBe('paid');
    expect(verdicts(circuit)).toEqual({ ...NOTHING, successes: 1 });
  });

  it('counts 404 as a success', async () => {
    const url = await origin((_, response) => response.writeHead(404).end());
    const circuit = circuitOf();
    const response = await fetch(url, { dispatcher: guarded(circuit) });
    await response.text();
    expect(verdicts(circuit)).toEqual({ ...NOTHING, successes: 1 });
  });

  it.each([500, 503, 429, 408])('counts %i as a failure at its headers', async (status) => {
    const url = await origin((_, response) => void response.writeHead(status).write('busy'));
    const circuit = circuitOf();
    const response = await request(url, { dispatcher: guarded(circuit) });
    expect(response.statusCode).toBe(status);
    expect(verdicts(circuit)).toEqual({ ...NOTHING, failures: 1 });
    response.body.on('error', () => undefined).destroy();
  });

  it('counts 103 and then 500 as one failure', async () => {
    const url = await origin((_, response) => {
      response.writeEarlyHints({ link: '</a.css>; rel=preload' });
      response.writeHead(500).end();
    });
    const circuit = circuitOf();
    const response = await request(url, { dispatcher: guarded(circuit) });
    await response.body.dump();
    expect(verdicts(circuit)).toEqual({ ...NOTHING, failures: 1 });
  });

  it('stays open as long as Retry-After asks', async () => {
    const url = await origin((_, response) =>
      response.writeHead(503, { 'retry-after': '120' }).end(),
    );
    const circuit = circuitOf();
    const dispatcher = guarded(circuit);
    for (let call = 0; call < 2; call++) await (await request(url, { dispatcher })).body.dump();
    expect(circuit.state).toBe('OPEN');
    expect(circuit.snapshot().retryAfterMs).toBeGreaterThan(119_000);
  });

  it('counts an upgrade as a success and lets go of the permit', async () => {
    const server = createServer();
    server.on('upgrade', (_, socket) => {
      socket.write(
        'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n',
      );
    });
    const url = await listen(server);
    const circuit = circuitOf();
    const { socket } = await upgrade(url, { dispatcher: guarded(circuit), protocol: 'echo' });
    afterTest(() => socket.destroy());
    expect(verdicts(circuit)).toEqual({ ...NOTHING, successes: 1 });
  });

  it('settles a probe at the headers, because nobody may read the body', async () => {
    const url = await origin((_, response) => void response.writeHead(200).write('endless'));
    const circuit = circuitOf();
    await halfOpen(circuit);
    const { body } = await request(url, { dispatcher: guarded(circuit) });
    expect(circuit.state).toBe('CLOSED');
    expect(circuit.snapshot().inFlight).toBe(0);
    body.on('error', () => undefined).destroy();
  });
});

describe('what an error says', () => {
  it('counts a connection that breaks off in the body as a failure', async () => {
    const url = await origin((_, response) => {
      response.writeHead(200, { 'content-length': 100 }).write('half', () => {
        response.socket?.resetAndDestroy();
      });
    });
    const circuit = circuitOf();
    const { body } = await request(url, { dispatcher: guarded(circuit) });
    // Node 22 reports the reset as the end of the connection.
    const code: unknown = expect.stringMatching(/^(ECONNRESET|UND_ERR_SOCKET)$/);
    await expect(body.text()).rejects.toMatchObject({ code });
    expect(verdicts(circuit)).toEqual({ ...NOTHING, failures: 1 });
  });

  it('counts a refused connection as a failure', async () => {
    const server = createServer();
    const url = await listen(server);
    server.close();
    await once(server, 'close');
    const circuit = circuitOf();
    await expect(request(url, { dispatcher: guarded(circuit) })).rejects.toMatchObject({
      code: 'ECONNREFUSED',
    });
    expect(verdicts(circuit)).toEqual({ ...NOTHING, failures: 1 });
  });

  it('says nothing about the server when the request itself is invalid', async () => {
    const url = await origin((_, response) => response.end());
    const circuit = circuitOf();
    const call = request(url, { dispatcher: guarded(circuit), headers: { 'bad name': 'x' } });
    await expect(call).rejects.toMatchObject({ code: 'UND_ERR_INVALID_ARG' });
    expect(verdicts(circuit)).toEqual({ ...NOTHING, ignored: 1 });
  });

  it.each([
    [502, { failures: 1 }],
    [404, { successes: 1 }],
  ])('judges a %i that an interceptor inside made an error by its status', async (status, end) => {
    const url = await origin((_, response) => void response.writeHead(status).end());
    const circuit = circuitOf();
    const agent = new Agent();
    afterTest(() => agent.destroy());
    const dispatcher = agent.compose(interceptors.responseError(), breaker(circuit));
    await expect(request(url, { dispatcher })).rejects.toMatchObject({ statusCode: status });
    expect(verdicts(circuit)).toEqual({ ...NOTHING, ...end });
  });

  it('leaves a timeout of the caller out where the circuit is told to', async () => {
    const url = await origin(() => undefined);
    const circuit = circuitBreaker({ name: 'origin', callerTimeout: 'ignore' });
    const dispatcher = guarded(circuit);
    const signal = AbortSignal.timeout(20);
    await expect(request(url, { dispatcher, signal })).rejects.toThrow('timeout');
    expect(verdicts(circuit)).toEqual({ ...NOTHING, ignored: 1 });
  });

  it('gives the permit back when dispatch throws', () => {
    const circuit = circuitOf();
    const dispatch = breaker(circuit)(() => {
      throw new Error('closed');
    });
    expect(() =>
      dispatch({ path: '/', method: 'GET' }, { onRequestStart() {}, onResponseError() {} }),
    ).toThrow('closed');
    expect(verdicts(circuit)).toEqual({ ...NOTHING, ignored: 1 });
  });
});

type Call = (
  url: string,
  dispatcher: Dispatcher,
  signal?: AbortSignal,
) => Promise<{ text(): Promise<string> }>;

const callers: Record<string, Call> = {
  request: async (url, dispatcher, signal) =>
    (await request(url, { dispatcher, signal: signal ?? null })).body,
  fetch: (url, dispatcher, signal) => fetch(url, { dispatcher, signal: signal ?? null }),
};

describe.each(Object.entries(callers))('through %s', (_, call) => {
  it('counts nothing when the caller gives up before the answer', async () => {
    const controller = new AbortController();
    const url = await origin(() => controller.abort());
    const circuit = circuitOf();
    await expect(call(url, guarded(circuit), controller.signal)).rejects.toMatchObject({
      name: 'AbortError',
    });
    expect(verdicts(circuit)).toEqual({ ...NOTHING, ignored: 1 });
  });

  it('counts a success when the caller gives up during a good answer', async () => {
    const controller = new AbortController();
    const url = await origin((_request, response) => void response.writeHead(200).write('long'));
    const circuit = circuitOf();
    const response = await call(url, guarded(circuit), controller.signal);
    controller.abort();
    await expect(response.text()).rejects.toMatchObject({ name: 'AbortError' });
    expect(verdicts(circuit)).toEqual({ ...NOTHING, successes: 1 });
  });

  it.each(['headers', 'body'])(
    'counts AbortSignal.timeout as a failure before the %s',
    async (part) => {
      const url = await origin((_request, response) => {
        if (part === 'body') response.writeHead(200).write('slow');
      });
      const circuit = circuitOf();
      const response = call(url, guarded(circuit), AbortSignal.timeout(50));
      await expect(response.then((answer) => answer.text())).rejects.toBeInstanceOf(Error);
      expect(verdicts(circuit)).toEqual({ ...NOTHING, failures: 1 });
    },
  );

  it('refuses when the circuit is open and never sends', async () => {
    let arrived = 0;
    const url = await origin((_request, response) => {
      arrived++;
      response.end();
    });
    const circuit = circuitOf('payments');
    circuit.open();
    const error: unknown = await call(url, guarded(circuit)).catch((thrown: unknown) => thrown);
    const refusal = isRefusal(error) ? error : (error as Error).cause;
    expect(isRefusal(refusal) && refusal.code).toBe('HF_CIRCUIT_OPEN');
    expect(arrived).toBe(0);
    expect(circuit.snapshot()).toMatchObject({
      inFlight: 0,
      counters: { admitted: 0, refused: 1 },
    });
  });

  it('leaves no permit behind after a mixture of endings', async () => {
    const url = await origin((incoming, response) => {
      if (incoming.url === '/reset') response.socket?.resetAndDestroy();
      else if (incoming.url !== '/hang')
        response.writeHead(incoming.url === '/bad' ? 500 : 200).end();
    });
    const circuit = circuitOf();
    circuit.setMode('shadow'); // judges, and admits all
    const dispatcher = guarded(circuit);
    const paths = ['/good', '/bad', '/reset', '/hang'];
    const calls = Array.from({ length: 40 }, async (_each, index) => {
      const response = await call(url + paths[index % 4], dispatcher, AbortSignal.timeout(200));
      return response.text();
    });
    await Promise.allSettled(calls);
    expect(circuit.snapshot().inFlight).toBe(0);
  });
});

it('leaves a handler that would hear of no failure to undici, which rejects it', () => {
  const circuit = circuitOf();
  const handler = { onRequestStart: () => undefined };
  const handedOn: unknown[] = [];
  const dispatch = breaker(circuit)((_, given) => {
    handedOn.push(given);
    return true;
  });
  dispatch({ origin: 'http://127.0.0.1:1', path: '/', method: 'GET' }, handler);
  expect(handedOn).toEqual([handler]);
  expect(handedOn[0]).toBe(handler);
  expect(circuit.snapshot().counters.admitted).toBe(0);
});

it('fails a refused request after dispatch has returned, so that pipeline users can listen', async () => {
  const circuit = circuitOf();
  circuit.open();
  const duplex = guarded(circuit).pipeline(
    { origin: 'http://127.0.0.1:1', path: '/', method: 'POST' },
    ({ body }) => body,
  );
  const [error]: unknown[] = await once(duplex, 'error');
  expect(isRefusal(error)).toBe(true);
});

it('a refusal is not retried by the retry interceptor outside', async () => {
  const circuit = circuitOf();
  circuit.open();
  const dispatcher = guarded(circuit).compose(interceptors.retry({ maxRetries: 3 }));
  await expect(request('http://127.0.0.1:1', { dispatcher })).rejects.toSatisfy(isRefusal);
  expect(circuit.snapshot().counters.refused).toBe(1);
});

it('passes every hook on, in order', async () => {
  const url = await origin((incoming, response) => {
    incoming.resume().on('end', () => response.end('paid'));
  });
  const heardBy = async (dispatcher: Dispatcher): Promise<readonly string[]> => {
    const seen: string[] = [];
    const note = (hook: string) => (): void => void seen.push(hook);
    dispatcher.dispatch(
      { origin: url, path: '/', method: 'POST', body: 'order' },
      {
        onRequestStart: note('request start'),
        onBodySent: note('body sent'),
        onRequestSent: note('request sent'),
        onResponseStarted: note('response started'),
        onResponseStart: note('response start'),
        onResponseData: note('response data'),
        onResponseEnd: note('response end'),
        onResponseError: note('response error'),
      },
    );
    await vi.waitUntil(() => seen.includes('response end'));
    return seen;
  };
  const bare = new Agent();
  afterTest(() => bare.destroy());
  expect(await heardBy(guarded(circuitOf()))).toEqual(await heardBy(bare));
});

it('serves the old handlers that the global fetch of Node 22 and 24 brings', async () => {
  const url = await origin((_, response) => response.end('paid'));
  const circuit = circuitOf();
  const seen: unknown[] = [];
  const legacy = {
    onConnect: () => seen.push('connect'),
    onHeaders: (status: number) => seen.push(status),
    onData: (chunk: Buffer) => seen.push(chunk.toString()),
    onComplete: () => seen.push('complete'),
    onError: (error: Error) => seen.push(error),
  };
  guarded(circuit).dispatch({ origin: url, path: '/', method: 'GET' }, legacy as object);
  await vi.waitUntil(() => seen.includes('complete'));
  expect(seen).toEqual(['connect', 200, 'paid', 'complete']);
  expect(verdicts(circuit)).toEqual({ ...NOTHING, successes: 1 });
});
