import { createServer, request as ask, type ServerResponse } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { circuitBreaker, isRefusal } from '../../../src/index.ts';
import { exchangeOf } from '../../../src/http/inbound/index.ts';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { answering, get, guards, serve, type Handler } from './plain.ts';

const rejecting = (): never => Promise.reject(new Error('async')) as never;
const WINDOW = { quota: 100, windowMs: 60_000, key: () => 'x' } as const;

/** How a request fared: its status, or the error that its own guard threw. */
const faring = async (build: (handler: Handler) => Handler): Promise<unknown> => {
  const handler = build(answering);
  const url = await serve(async (request, response) => {
    try {
      await handler(request, response);
    } catch (error) {
      response.writeHead(500).end(String(error));
    }
  });
  const { status, text } = await get(url);
  return status === 500 ? text : status;
};

describe('functions of requests that answer with a promise fail their own request alone', () => {
  it.each([
    ['key()', () => guards.rateLimit({ ...WINDOW, key: rejecting })],
    ['cost()', () => guards.rateLimit({ ...WINDOW, cost: rejecting })],
    ['cost()', () => guards.rateLimit({ ...WINDOW, cost: rejecting, countOn: 'outcome' })],
    ['quota()', () => guards.rateLimit({ ...WINDOW, quota: rejecting })],
    ['priority()', () => guards.bulkhead({ concurrency: 1, priority: rejecting })],
    ['trust()', () => guards.deadline({ trust: rejecting })],
    ['key()', () => guards.breaker({ key: rejecting })],
  ])('%s', async (name, guard) => {
    expect(await faring(guard())).toMatch(`option "${name}" is an object`);
  });

  it('and none is taken for a yes', async () => {
    const trusting = guards.deadline({ trust: async () => true } as never);
    expect(await faring(trusting)).toMatch('trust()');
  });
});

it.each([
  ['1.5', 'cost()'],
  ['x', 'cost()'],
  ['-1', 'cost()'],
])('a cost of %s fails its own request, whatever it is counted on', async (cost, name) => {
  for (const countOn of ['arrival', 'outcome'] as const) {
    const limit = guards.rateLimit({ ...WINDOW, cost: () => Number(cost), countOn });
    expect(await faring(limit)).toMatch(name);
  }
});

// oxlint-disable unicorn/no-thenable -- those of other libraries are no promises of Node's
it.each([
  ['a thenable', { then: (resolve: (value: boolean) => void) => resolve(false) }, true],
  [
    'a thenable that says yes',
    { then: (resolve: (value: boolean) => void) => resolve(true) },
    false,
  ],
  ['a promise', Promise.resolve(false), true],
  ['a truthy word', 'yes', false],
  ['nothing', undefined, true],
])('skip may answer %s', async (_, answer, limited) => {
  const limit = guards.rateLimit({ ...WINDOW, skip: () => answer as never });
  const { headers } = await get(await serve(limit(answering)));
  expect(headers.has('ratelimit')).toBe(limited);
});

it('a client that left before the guards throws nothing, and holds nothing', async () => {
  const errors = vi.fn();
  const slots = guards.bulkhead({ concurrency: 1 });
  const guarded = guards.deadline()(
    guards.timeout({ timeoutMs: 1_000 })(guards.breaker()(slots(answering))),
  );
  const begun = vi.fn();
  const url = await serve(async (request, response) => {
    const over = new Promise((resolve) => {
      response.once('close', resolve);
    });
    begun();
    await over;
    await Promise.resolve(guarded(request, response)).catch(errors);
  });
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
  await vi.waitFor(() => expect(begun).toHaveBeenCalled());
  socket.resetAndDestroy();
  await vi.waitFor(() => expect(slots.bulkheads?.get('').snapshot().admitted).toBe(0));
  expect(errors).not.toHaveBeenCalled();
});

it('a policy that is met twice counts a request once', async () => {
  const circuit = circuitBreaker({ name: 'x', open: { baseMs: 1, jitter: 0 } });
  const slots = guards.bulkhead({ concurrency: 1 });
  const limit = guards.rateLimit(WINDOW);
  const twice = (handler: Handler): Handler => {
    const once = (inner: Handler): Handler => slots(limit(guards.breaker(circuit)(inner)));
    return once(once(handler));
  };
  const url = await serve(twice(answering));
  circuit.open(1);
  await vi.waitFor(async () => {
    await get(url);
    expect(circuit.state).toBe('CLOSED');
  });
  const { status, headers } = await get(url);
  expect([status, headers.get('ratelimit')?.split(',').length]).toEqual([200, 1]);
});

it('disposed policies turn requests away', async () => {
  const slots = guards.bulkhead({ concurrency: 1 });
  const breaks = guards.breaker({});
  slots.bulkheads?.[Symbol.dispose]();
  breaks.circuits?.[Symbol.dispose]();
  expect(await faring(slots)).toBe(503);
  expect(await faring(breaks)).toBe(503);
});

it.each([
  ['a status below 200', { status: 101 }],
  ['no status', { status: Number.NaN }],
  ['a status beyond all', { status: 1_000 }],
  ['a field that cannot be written', { headers: { 'X-A': 'fine', 'X-Bad': 'a\r\nb' } }],
  ['a body that cannot be written', { body: { big: 1n } }],
  ['a promise', () => Promise.reject(new Error('late'))],
  ['a number', 5],
])('an own answer with %s gives way to the default one', async (_, own) => {
  const slots = guards.bulkhead({
    concurrency: 1,
    onReject: () => (typeof own === 'function' ? own() : own) as never,
  });
  slots.bulkheads?.get('').tryAcquire();
  const { status, headers, text } = await get(await serve(slots(answering)));
  expect([status, headers.get('x-a')]).toEqual([503, null]);
  expect(JSON.parse(text)).toMatchObject({ status: 503 });
});

it('an own answer does not say how it is framed', async () => {
  const headers = { 'Transfer-Encoding': 'chunked', 'content-length': '1', 'X-A': 'own' };
  const slots = guards.bulkhead({ concurrency: 1, onReject: () => ({ headers, body: 'busy' }) });
  slots.bulkheads?.get('').tryAcquire();
  const seen = await get(await serve(slots(answering)));
  expect([seen.text, seen.headers.get('x-a')]).toEqual(['busy', 'own']);
  expect(seen.headers.get('transfer-encoding')).toBeNull();
});

it('HEAD is answered also by a server that takes no body for it', async () => {
  const slots = guards.bulkhead({ concurrency: 1 });
  slots.bulkheads?.get('').tryAcquire();
  const guarded = guards.health()(slots(answering));
  const server = createServer({ rejectNonStandardBodyWrites: true }, (request, response) => {
    void guarded(request, response);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  onTestFinished(() => void server.close());
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const head = { method: 'HEAD' };
  expect([(await get(url, head)).status, (await get(`${url}/livez`, head)).status]).toEqual([
    503, 200,
  ]);
});

it('those who listen for the end of an answered response read what was sent', async () => {
  const seen = vi.fn();
  const look = (response: ServerResponse) => () => seen(response.headersSent, response.statusCode);
  const url = await serve((request, response) => {
    response.once('finish', look(response)).once('close', look(response));
    return guards.timeout({ timeoutMs: 10 })(() => undefined)(request, response);
  });
  await get(url);
  await vi.waitFor(() =>
    expect(seen.mock.calls).toEqual([
      [true, 503],
      [true, 503],
    ]),
  );
});

it('what a handler reads of its request can be logged, and changes nothing', async () => {
  const url = await serve(
    guards.rateLimit(WINDOW)((request, response) => {
      const inbound = exchangeOf(request, response);
      (inbound.rateLimits as unknown[]).length = 0;
      response.end(JSON.stringify({ state: { inbound }, count: inbound.rateLimits.length }));
    }),
  );
  const { state, count } = JSON.parse((await get(url)).text);
  expect([Object.keys(state.inbound), count]).toEqual([['rateLimits'], 1]);
});

it.each([
  ['has read all that came', true, { failures: 0, ignored: 1 }],
  ['has read nothing', false, { failures: 1, ignored: 0 }],
])('an upload that is too slow for a handler that %s is judged so', async (_, reads, verdict) => {
  const breaks = guards.breaker({});
  const handler: Handler = (request) => void (reads && request.resume());
  const url = await serve(guards.timeout({ timeoutMs: 50 })(breaks(handler)));
  const status = await new Promise((resolve, reject) => {
    const outgoing = ask(url, { method: 'POST', headers: { 'content-length': 10_000_000 } });
    outgoing.once('error', reject).once('response', (response) => {
      resolve(response.statusCode);
      outgoing
        .off('error', reject)
        .on('error', () => undefined)
        .destroy();
    });
    outgoing.write('x');
  });
  expect(status).toBe(503);
  await vi.waitFor(() =>
    expect(breaks.circuits?.get('/').snapshot().counters).toMatchObject(verdict),
  );
});

it('refusals that a key throws are answered like any other', async () => {
  const circuit = circuitBreaker({ name: 'accounts' });
  circuit.open();
  const slots = guards.bulkhead({
    concurrency: 1,
    key: () => {
      const answer = circuit.tryAcquire();
      throw answer.admitted ? new Error('open?') : answer.rejection;
    },
  });
  expect(await faring(slots)).toBe(503);
  expect(isRefusal(new Error('x'))).toBe(false);
});

it('a refusal after the answer changes nothing of its verdict', async () => {
  const circuit = circuitBreaker({ name: 'x' });
  const full = guards.bulkhead({ concurrency: 1 });
  full.bulkheads?.get('').tryAcquire();
  const url = await serve(
    guards.breaker(circuit)((request, response) => {
      response.writeHead(500).end();
      return full(answering)(request, response);
    }),
  );
  expect((await get(url)).status).toBe(500);
  await vi.waitFor(() => expect(circuit.snapshot().counters.failures).toBe(1));
});

it('an answer that was cut on its way is no fault of its handler; one that breaks off is', async () => {
  const circuit = circuitBreaker({ name: 'x' });
  const much = Buffer.alloc(50_000_000);
  const url = await serve(
    guards.breaker(circuit)((request, response) => {
      if (request.url === '/whole') response.end(much);
      else response.write(much);
      setTimeout(() => response.destroy(), 20);
    }),
  );
  for (const path of ['/whole', '/part']) {
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`);
    await vi.waitFor(() => {
      const { successes, failures, ignored } = circuit.snapshot().counters;
      expect(successes + failures + ignored).toBe(path === '/whole' ? 1 : 2);
    });
    socket.destroy();
  }
  // To Node 22 what was handed to a socket is sent.
  expect(circuit.snapshot().counters.failures).toBe(1);
});

it('a handler whose streams end with the signal leaves the connection to the next request', async () => {
  const url = await serve((request, response) => {
    if (request.url === '/next') return answering(request, response);
    return guards.timeout({ timeoutMs: 20 })((_, late) => {
      const { signal } = exchangeOf(request, late);
      signal.addEventListener('abort', () => {
        late.destroy();
        request.destroy();
      });
    })(request, response);
  });
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  let text = '';
  socket.on('data', (chunk: Buffer) => {
    text += chunk.toString();
  });
  socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\nGET /next HTTP/1.1\r\nHost: x\r\n\r\n');
  await vi.waitFor(() =>
    expect(text.match(/HTTP\/1.1 \d+/gu)).toEqual(['HTTP/1.1 503', 'HTTP/1.1 200']),
  );
  socket.destroy();
});

it('the rest of an upload is thrown away, however its late handler had begun to read it', async () => {
  const ways: ((request: Parameters<Handler>[0], signal: AbortSignal) => unknown)[] = [
    (request) => request.once('data', () => request.pause()),
    (request, signal) => pipeline(request, slowSink(), { signal }).catch(() => undefined),
    async (request, signal) => {
      for await (const _ of request) if (signal.aborted) break;
    },
    (request) => request.once('readable', () => request.read(10)),
  ];
  const url = await serve((request, response) => {
    const way = ways[Number(request.url?.slice(1))];
    if (way === undefined) return answering(request, response);
    return guards.timeout({ timeoutMs: 50 })((_, late) => {
      void way(request, exchangeOf(request, late).signal);
    })(request, response);
  });
  for (const way of ways.keys()) {
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    let text = '';
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString();
    });
    socket.write(`POST /${way} HTTP/1.1\r\nHost: x\r\nContent-Length: 3000000\r\n\r\n`);
    socket.write(Buffer.alloc(3_000_000));
    socket.write('GET /next HTTP/1.1\r\nHost: x\r\n\r\n');
    await vi.waitFor(() =>
      expect(text.match(/HTTP\/1.1 \d+/gu)).toEqual(['HTTP/1.1 503', 'HTTP/1.1 200']),
    );
    socket.destroy();
  }
});

const slowSink = (): Writable =>
  new Writable({
    highWaterMark: 1,
    write: (_chunk, _encoding, done) => void setTimeout(done, 500),
  });
