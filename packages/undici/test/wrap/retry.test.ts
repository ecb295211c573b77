import { createReadStream } from 'node:fs';
import { createServer } from 'node:https';
import { Readable } from 'node:stream';
import { consecutive } from '@holdfast/core';
import { Agent, interceptors, request } from 'undici';
import { describe, expect, it, vi } from 'vitest';
import { wrapFetch, wrapRequest } from '../../src/index.ts';
import { afterTest, listen } from '../origin.ts';
import { selfSigned } from '../../faults/server/certificate.ts';

import { AT_ONCE, CLIENTS, type Ask, type Client } from './support/clients.ts';
import { answersWith, recorder } from './support/recorder.ts';

const { cert, key } = selfSigned('127.0.0.1');

const form = (client: Client): FormData => {
  const filled = client.form();
  filled.set('order', '1');
  return filled;
};

const BODIES: Record<string, [(client: Client) => NonNullable<Ask['body']>, RegExp]> = {
  'a string': [() => 'order 1', /^order 1$/],
  'a buffer': [() => Buffer.from('order 1'), /^order 1$/],
  'a form': [form, /name="order"\r\n\r\n1\r\n/],
  'a blob': [() => new Blob(['order 1']), /^order 1$/],
};

describe.each(CLIENTS)('%s', (_, clientWith) => {
  it('asks again after a status that is worth it, and gives the good answer', async () => {
    const { url, seen } = await answersWith(503, 200);
    const response = await clientWith().call(url);
    expect([response.status, await response.text()]).toEqual([200, 'answer 2']);
    expect(seen.length).toBe(2);
  });

  it('asks again after a connection that broke', async () => {
    const { url, seen } = await recorder((response, __, attempt) => {
      if (attempt === 1) response.socket?.resetAndDestroy();
      else response.end('paid');
    });
    expect(await (await clientWith().call(url)).text()).toBe('paid');
    expect(seen.length).toBe(2);
  });

  it('gives the last response whole when all were in vain', async () => {
    const { url, seen } = await answersWith(503);
    const response = await clientWith().call(url);
    expect([response.status, await response.text()]).toEqual([503, 'answer 3']);
    expect(seen.length).toBe(3);
  });

  it('gives the last error when all were in vain', async () => {
    const { url, seen } = await recorder((response) => response.socket?.resetAndDestroy());
    await expect(clientWith().call(url)).rejects.toBeInstanceOf(Error);
    expect(seen.length).toBe(3);
  });

  it.each([200, 204, 304, 400, 404, 501])('takes a %i for an answer', async (status) => {
    const { url, seen } = await recorder((response) => response.writeHead(status).end());
    expect((await clientWith().call(url)).status).toBe(status);
    expect(seen.length).toBe(1);
  });

  it.each(Object.entries(BODIES))('sends %s anew with each attempt', async (__, [make, text]) => {
    const { url, seen } = await answersWith(503, 503, 200);
    const client = clientWith();
    await (await client.call(url, { method: 'PUT', body: make(client) })).text();
    expect(seen.length).toBe(3);
    for (const { body: sent } of seen) expect(sent).toMatch(text);
  });

  it('makes a body that is a function’s anew for each attempt', async () => {
    const { url, seen } = await answersWith(503, 503, 200);
    let made = 0;
    await (await clientWith().call(url, { method: 'PUT', body: () => `order ${++made}` })).text();
    expect(seen.map(({ body }) => body)).toEqual(['order 1', 'order 2', 'order 3']);
  });

  it.each(['POST', 'PATCH'] as const)(
    'sends %s once, for it may do its work twice',
    async (method) => {
      const { url, seen } = await answersWith(503, 200);
      expect((await clientWith().call(url, { method, body: 'order' })).status).toBe(503);
      expect(seen.length).toBe(1);
      expect(seen[0]?.headers).not.toHaveProperty('idempotency-key');
    },
  );

  it('repeats a POST that carries a key, with that key', async () => {
    const { url, seen } = await answersWith(503, 200);
    const headers = { 'Idempotency-Key': '"mine"' };
    const response = await clientWith().call(url, { method: 'POST', headers, body: 'order' });
    expect(response.status).toBe(200);
    expect(seen.map((each) => each.headers['idempotency-key'])).toEqual(['"mine"', '"mine"']);
  });

  it('repeats a POST that the caller says is idempotent, without a key', async () => {
    const { url, seen } = await answersWith(503, 200);
    const ask = { method: 'POST', body: 'order', idempotent: true } as const;
    expect((await clientWith().call(url, ask)).status).toBe(200);
    expect(seen.length).toBe(2);
    expect(seen[1]?.headers).not.toHaveProperty('idempotency-key');
  });

  it('makes one key for all attempts of a POST to an origin that honours them', async () => {
    const { url, seen } = await answersWith(503, 503, 200, 503, 200);
    const client = clientWith({ retry: { ...AT_ONCE, idempotentOrigins: [`${url}/any/path`] } });
    for (let order = 1; order <= 2; order++)
      expect((await client.call(url, { method: 'POST', body: 'order' })).status).toBe(200);
    const keys = seen.map((each) => each.headers['idempotency-key']);
    expect(keys[0]).toMatch(/^"[\da-f-]{36}"$/);
    expect(keys).toEqual([keys[0], keys[0], keys[0], keys[3], keys[3]]);
    expect(keys[3]).not.toBe(keys[0]);
  });

  it('gives no key to another origin, nor to a GET', async () => {
    const honours = await answersWith(200);
    const other = await answersWith(503);
    const retry = { ...AT_ONCE, idempotentOrigins: [honours.url] };
    const client = clientWith({ retry });
    expect((await client.call(other.url, { method: 'POST', body: 'order' })).status).toBe(503);
    expect((await client.call(honours.url)).status).toBe(200);
    for (const { seen } of [honours, other]) {
      expect(seen.length).toBe(1);
      expect(seen[0]?.headers).not.toHaveProperty('idempotency-key');
    }
  });

  it('waits at least as long as Retry-After asks', async () => {
    const times: number[] = [];
    const { url } = await recorder((response, __, attempt) => {
      times.push(performance.now());
      if (attempt === 1) response.writeHead(429, { 'retry-after': '1' }).end();
      else response.end();
    });
    expect((await clientWith().call(url)).status).toBe(200);
    expect((times[1] ?? 0) - (times[0] ?? 0)).toBeGreaterThanOrEqual(990);
  });

  it('does not wait for a server that asks for too much, and gives its answer', async () => {
    const { url, seen } = await recorder((response) => {
      response.writeHead(503, { 'retry-after': '120' }).end('later');
    });
    const response = await clientWith().call(url);
    expect([response.status, await response.text()]).toEqual([503, 'later']);
    expect(seen.length).toBe(1);
  });

  it('asks only as often as the budget allows', async () => {
    const { url, seen } = await answersWith(503);
    const budget = { deposit: () => undefined, withdraw: () => seen.length < 2 };
    const client = clientWith({ retry: { ...AT_ONCE, budget } as never });
    expect((await client.call(url)).status).toBe(503);
    expect(seen.length).toBe(2);
  });

  it('holds no connection of an earlier response, also while it waits', async () => {
    const { url, seen, broken } = await recorder((response, __, attempt) => {
      if (attempt > 8) response.end('paid');
      else response.writeHead(503, { 'retry-after': '2' }).write('an endless explanation');
    });
    const client = clientWith();
    const calls = Array.from({ length: 8 }, async () => (await client.call(url)).text());
    await vi.waitUntil(() => seen.length === 8);
    // All of them are asleep now; wrapRequest reads on for a second.
    await vi.waitUntil(() => broken() === 8, { timeout: 1_900 });
    expect(new Set(await Promise.all(calls))).toEqual(new Set(['paid']));
  });

  it('does not repeat what could not be sent, nor blame the server', async () => {
    const { url, seen } = await answersWith(200);
    const client = clientWith();
    const call = client.call(url, { method: 'TR ACE' as 'GET', idempotent: true });
    await expect(call).rejects.toBeInstanceOf(Error);
    expect(seen.length).toBe(0);
    const { counters } = client.policies(url).breaker?.snapshot() ?? {};
    expect(counters).toMatchObject({ admitted: 1, failures: 0, ignored: 1 });
  });
});

describe('a body that can be read once is sent once', () => {
  it('a stream to fetch', async () => {
    const { url, seen } = await answersWith(503, 200);
    const body = new Blob(['order 1']).stream();
    const fetch = wrapFetch(globalThis.fetch, { retry: AT_ONCE });
    const response = await fetch(url, { method: 'PUT', body, duplex: 'half' });
    expect([response.status, seen.length]).toEqual([503, 1]);
  });

  it('the body of a Request', async () => {
    const { url, seen } = await answersWith(503, 200);
    const fetch = wrapFetch(globalThis.fetch, { retry: AT_ONCE });
    const response = await fetch(new Request(url, { method: 'PUT', body: 'order 1' }));
    expect([response.status, seen.length]).toEqual([503, 1]);
  });

  it('a stream to request', async () => {
    const { url, seen } = await answersWith(503, 200);
    const wrapped = wrapRequest(request, { retry: AT_ONCE });
    const response = await wrapped(url, { method: 'PUT', body: Readable.from(['order 1']) });
    await response.body.dump();
    expect([response.statusCode, seen.length]).toEqual([503, 1]);
  });
});

it('a stream that a function makes is sent with each attempt', async () => {
  const { url, seen } = await answersWith(503, 200);
  const wrapped = wrapRequest(request, { retry: AT_ONCE });
  const body = (): Readable => Readable.from(['order 1']);
  await (await wrapped(url, { method: 'PUT', body })).body.dump();
  const fetch = wrapFetch(globalThis.fetch, { retry: AT_ONCE });
  const stream = (): ReadableStream => new Blob(['order 2']).stream();
  await (await fetch(url, { method: 'PUT', body: stream, duplex: 'half' })).text();
  expect(seen.map((each) => each.body)).toEqual(['order 1', 'order 1', 'order 2']);
});

it('search parameters, and a Request without a body or with one in the options, are repeated', async () => {
  const { url, seen } = await answersWith(503, 200, 503, 200, 503, 200);
  const fetch = wrapFetch(globalThis.fetch, { retry: AT_ONCE });
  await fetch(url, { method: 'PUT', body: new URLSearchParams({ order: '1' }) });
  await fetch(new Request(url, { headers: { 'x-tenant': 'a' } }));
  await fetch(new Request(url, { method: 'PUT', body: 'lost' }), {
    method: 'PUT',
    body: 'order 2',
  });
  expect(seen.map((each) => each.body)).toEqual([
    'order=1',
    'order=1',
    '',
    '',
    'order 2',
    'order 2',
  ]);
  expect(seen[3]?.headers['x-tenant']).toBe('a');
});

it.each([
  ['raw fields', 'raw'],
  ['fields by name', null],
] as const)('Retry-After is found in %s', async (_, responseHeaders) => {
  const { url, seen } = await recorder((response) => {
    response.writeHead(503, { 'retry-after': '120' }).end();
  });
  const wrapped = wrapRequest(request, { retry: AT_ONCE });
  await (await wrapped(url, { responseHeaders })).body.dump();
  expect(seen.length).toBe(1);
});

it('an answer that an interceptor made an error is judged by its status', async () => {
  const { url, seen } = await answersWith(404, 503, 404);
  const agent = new Agent();
  afterTest(() => agent.destroy());
  const dispatcher = agent.compose(interceptors.responseError());
  const wrapped = wrapRequest(request, { retry: AT_ONCE });
  for (const requests of [1, 3]) {
    await expect(wrapped(url, { dispatcher })).rejects.toMatchObject({ statusCode: 404 });
    expect(seen.length).toBe(requests);
  }
  const { breaker } = wrapped.policies.get(url).policies;
  expect(breaker?.snapshot().counters).toMatchObject({ successes: 2, failures: 1 });
});

it('request takes parts of a URL as undici does', async () => {
  const { url, seen } = await answersWith(503, 200);
  const wrapped = wrapRequest(request, { retry: AT_ONCE });
  const { protocol, hostname, port } = new URL(url);
  const parts = { protocol, hostname, port, pathname: '/orders', search: '?page=2' };
  await (await wrapped(parts)).body.dump();
  expect(seen.map(({ path }) => path)).toEqual(['/orders?page=2', '/orders?page=2']);
  expect([...wrapped.policies.entries()].map(([origin]) => origin)).toEqual([url]);
});

it('an untrusted certificate is not repeated, and no fault of the server’s', async () => {
  const server = createServer({ key, cert }, (__, response) => response.end());
  let connections = 0;
  server.on('connection', () => connections++);
  const url = (await listen(server)).replace('http:', 'https:');
  for (const [, clientWith] of CLIENTS) {
    connections = 0;
    const client = clientWith();
    await expect(client.call(url)).rejects.toBeInstanceOf(Error);
    expect(connections).toBe(1);
    const { counters } = client.policies(url).breaker?.snapshot() ?? {};
    expect(counters).toMatchObject({ failures: 0, ignored: 1 });
  }
});

it('takes an error of the function that makes a body for the caller’s, and does not try again', async () => {
  const broken = new Error('no such file');
  let made = 0;
  const send = wrapRequest(request, { breaker: { trip: consecutive(1) } });
  const body = (): never => {
    made++;
    throw broken;
  };
  await expect(send('http://127.0.0.1:1/', { method: 'PUT', body })).rejects.toBe(broken);
  expect(made).toBe(1);
  expect(send.policies.get('http://127.0.0.1:1').policies.breaker?.state).toBe('CLOSED');
});

it('a file that is not there is the caller’s fault, however its stream is given', async () => {
  const { url } = await answersWith(200);
  const send = wrapRequest(request, { breaker: { trip: consecutive(1) } });
  const open = (): Readable => createReadStream('/there-is-no-such-file');
  for (const given of [(): typeof open => open, open])
    await expect(send(url, { method: 'PUT', body: given() })).rejects.toMatchObject({
      code: 'ENOENT',
    });
  const circuit = send.policies.get(url).policies.breaker;
  expect(circuit?.snapshot().counters).toMatchObject({ failures: 0, ignored: 2 });
});

it('a web stream that fails is the caller’s fault under fetch', async () => {
  const { url } = await answersWith(200);
  const send = wrapFetch(fetch, { breaker: { trip: consecutive(1) } });
  const body = new ReadableStream({ start: (controller) => controller.error(new Error('disk')) });
  const init = { method: 'PUT', body, duplex: 'half' } as RequestInit;
  await expect(send(url, init)).rejects.toBeInstanceOf(Error);
  const circuit = send.policies.get(url).policies.breaker;
  expect(circuit?.snapshot().counters).toMatchObject({ failures: 0, ignored: 1 });
});

it('a stream that a function made is closed when its attempt is given up in the pool', async () => {
  const { url } = await recorder(() => undefined);
  const dispatcher = new Agent({ connections: 1 });
  const blocker = request(url, { dispatcher }).catch(() => undefined);
  const made: Readable[] = [];
  const send = wrapRequest(request, { timeout: { timeoutMs: 30 }, retry: AT_ONCE });
  const body = (): Readable => {
    const stream = createReadStream(import.meta.filename);
    made.push(stream);
    return stream;
  };
  await expect(send(url, { method: 'PUT', body, dispatcher })).rejects.toMatchObject({
    code: 'HF_TIMEOUT',
  });
  expect(made.length).toBeGreaterThan(1);
  await vi.waitUntil(() => made.every(({ destroyed }) => destroyed));
  await dispatcher.destroy();
  await blocker;
});
