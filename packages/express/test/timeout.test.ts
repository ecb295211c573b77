import { Agent } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { isRejection } from '@holdfast/core';
import type { Response } from 'express';
import { describe, expect, it, vi } from 'vitest';
import { inbound, timeout } from '../src/index.ts';
import { gate, get, serve } from './app.ts';

it('answers 503 once when the handler does not', async () => {
  const url = await serve((app) => app.get('/', timeout({ timeoutMs: 20 }), () => undefined));
  const { status, headers, text } = await get(url);
  expect(status).toBe(503);
  expect(headers).toMatchObject({
    'retry-after': expect.stringMatching(/^[12]$/),
    'content-type': 'application/problem+json',
  });
  expect(JSON.parse(text)).toEqual({
    type: 'about:blank',
    title: 'Service Unavailable',
    status: 503,
    detail: 'The request took too long.',
  });
});

it('leaves an answer in time, and one whose headers are out, alone', async () => {
  const url = await serve((app) => {
    app.use(timeout({ timeoutMs: 30 }));
    app.get('/fast', (_, response) => void response.send('fast'));
    app.get('/stream', (_, response) => {
      response.write('be');
      inbound(response).signal.addEventListener('abort', () => response.write('aborted'));
      setTimeout(() => response.end('gun'), 80);
    });
  });
  expect(await get(`${url}/fast`)).toMatchObject({ status: 200, text: 'fast' });
  expect(await get(`${url}/stream`)).toMatchObject({ status: 200, text: 'begun' });
});

it('sends nothing of the body that the handler had prepared', async () => {
  const url = await serve((app) =>
    app.get('/', timeout({ timeoutMs: 20 }), (_, response) => {
      response.set({ 'Content-Encoding': 'gzip', 'Cache-Control': 'max-age=60', ETag: '"1"' });
    }),
  );
  const { headers } = await get(url);
  expect(headers).not.toHaveProperty('content-encoding');
  expect(headers).not.toHaveProperty('etag');
  expect(headers['cache-control']).toBe('no-store');
});

it.each([
  ['Trailer', 'Server-Timing'],
  ['Transfer-Encoding', 'chunked'],
])('answers although the handler has set %s', async (name, value) => {
  const url = await serve((app) =>
    app.get('/', timeout({ timeoutMs: 20 }), (_, response) => void response.setHeader(name, value)),
  );
  expect(await get(url)).toMatchObject({ status: 503 });
});

it('ends the connection where a hook of another middleware refuses to answer', async () => {
  const url = await serve((app) =>
    app.get('/', timeout({ timeoutMs: 20 }), (_, response) => {
      response.writeHead = () => {
        throw new Error('hook');
      };
    }),
  );
  await expect(get(url)).rejects.toThrow('socket hang up');
});

it('calls back to a handler that writes too late and waits for it', async () => {
  const late = gate();
  const url = await serve((app) =>
    app.get('/', timeout({ timeoutMs: 20 }), (_, response) => {
      inbound(response).signal.addEventListener('abort', () => {
        response.write('late', () => response.end('later', () => late.open()));
      });
    }),
  );
  expect(await get(url)).toMatchObject({ status: 503 });
  await late.opened;
});

it('aborts the signal of the request with the timeout as its reason', async () => {
  let reason: unknown;
  const url = await serve((app) =>
    app.get('/', timeout({ timeoutMs: 20 }), (_, response) => {
      inbound(response).signal.addEventListener('abort', () => {
        ({ reason } = inbound(response).signal);
      });
    }),
  );
  await get(url);
  expect(isRejection(reason) && reason.code).toBe('HF_TIMEOUT');
});

it('aborts the signal when the client leaves, with or without a timeout', async () => {
  const arrived = gate();
  const aborted = gate();
  const url = await serve((app) =>
    app.get('/', (_, response) => {
      inbound(response).signal.addEventListener('abort', () => aborted.open());
      arrived.open();
    }),
  );
  const controller = new AbortController();
  const answer = get(url, { signal: controller.signal });
  await arrived.opened;
  controller.abort();
  await expect(answer).rejects.toMatchObject({ name: 'AbortError' });
  await aborted.opened;
});

it('leaves the signal alone when the response is complete, also when it is read later', async () => {
  const signals: (() => AbortSignal)[] = [];
  const url = await serve((app) =>
    app.get('/', timeout({ timeoutMs: 1_000 }), (_, response) => {
      const early = inbound(response).signal;
      signals.push(
        () => early,
        () => inbound(response).signal,
      );
      response.once('close', () => signals.push(() => inbound(response).signal)).send('done');
    }),
  );
  await get(url);
  await vi.waitUntil(() => signals.length === 3);
  expect(signals.map((signal) => signal().aborted)).toEqual([false, false, false]);
});

const lateHandlers: Record<string, (response: Response) => unknown> = {
  'a late res.json': (response) => response.status(201).json({ late: true }),
  'a late throw': () => {
    throw new Error('late');
  },
  'a late redirect': (response) => response.redirect('/elsewhere'),
  'a late file': (response) => response.sendFile(import.meta.filename),
  'a late stream': (response) => pipeline(Readable.from(['late', 'later']), response),
  'late writes': (response) => response.writeHead(200, { late: '1' }).write('late'),
};

describe.each(Object.entries(lateHandlers))('%s', (_name, late) => {
  it('does not reach the next request on the connection', async () => {
    const nextArrived = gate();
    const lateDone = gate();
    const statuses: number[] = [];
    const url = await serve((app) => {
      app.get('/slow', timeout({ timeoutMs: 20 }), async (_, response) => {
        await nextArrived.opened;
        try {
          await late(response);
        } finally {
          statuses.push(response.statusCode);
          setImmediate(lateDone.open);
        }
      });
      app.get('/next', async (_, response) => {
        nextArrived.open();
        await lateDone.opened;
        response.send('next');
      });
    });
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const slow = await get(`${url}/slow`, { agent });
    const next = await get(`${url}/next`, { agent });
    agent.destroy();
    expect(slow.status).toBe(503);
    expect(next).toMatchObject({ status: 200, text: 'next' });
    expect(statuses).toEqual([503]);
  });
});

it('lets two timeouts on one route answer once', async () => {
  const url = await serve((app) =>
    app.get('/', timeout({ timeoutMs: 20 }), timeout({ timeoutMs: 20 }), () => undefined),
  );
  expect((await get(url)).status).toBe(503);
});

it('names a wrong option', () => {
  expect(() => timeout({ timeoutMs: 0 })).toThrow(/timeoutMs/);
});
