import { createServer } from 'node:http';
import { drain as drainOf, health as healthOf } from '@holdfast/core/http';
import { drain, guard, health, inbound } from '@holdfast/express';
import express from 'express';
import { describe, expect, it, vi } from 'vitest';
import { get } from '../app.ts';
import { runApp } from './run-app.ts';
import { disposing, listening } from './serving.ts';

// What docs/inbound.md shows of health and drain.

const pool = {
  query: vi.fn(async (_: string, { signal }: { signal: AbortSignal }) => !signal.aborted),
  end: vi.fn(async () => undefined),
};

describe('the first app', () => {
  it('serves, and leaves at SIGTERM with 0', { timeout: 20_000 }, async () => {
    const app = await runApp(new URL('first-app.ts', import.meta.url));
    expect(await app.get('/readyz')).toMatchObject({ status: 200, text: '{"status":"pass"}' });
    expect(await app.get('/nowhere')).toMatchObject({ status: 404 });
    expect(await app.end('SIGTERM')).toBe(0);
  });
});

describe('a drain', () => {
  it('is told when to begin, and what to do last', async () => {
    const app = express();
    const server = createServer(app);
    const consumer = { stop: vi.fn(async () => undefined) };

    const draining = drain(server, { announceMs: 10, lingerMs: 50, deadlineMs: 25_000 });

    draining.defer('database', () => pool.end());
    draining.defer('queue', () => consumer.stop(), { timeoutMs: 5_000 });

    const phases: string[] = [];
    draining.on('phase', ({ phase, inFlight }) => phases.push(`${phase}, ${inFlight} in flight`));

    disposing(draining);
    app.get('/', (_, response) => {
      void draining.start();
      setTimeout(() => response.send('served'), 20);
    });
    const answer = await fetch(await listening(server));
    expect(answer.headers.get('connection')).toBe('close');
    expect(await answer.text()).toBe('served');

    const { clean, cut, teardown } = await draining.start();

    expect([clean, cut.requests]).toEqual([true, 0]);
    expect(teardown.map(({ name, outcome }) => `${name} ${outcome}`)).toEqual([
      'queue done',
      'database done',
    ]);
    expect(phases[0]).toBe('announcing, 1 in flight');
    expect(phases.at(-1)).toBe('closed, 0 in flight');
  });

  it('is seen by readiness at once, and by liveness never', async () => {
    const app = express();
    const server = createServer(app);

    const draining = drain(server, { announceMs: 10_000, lingerMs: 1_500, deadlineMs: 25_000 });
    app.use(guard({ health: {}, drain: draining }));

    disposing(draining);
    const url = await listening(server);
    void draining.start();
    expect((await fetch(`${url}/readyz`)).status).toBe(503);
    expect((await fetch(`${url}/livez`)).status).toBe(200);
    expect((await fetch(url)).headers.get('connection')).toBe('close');
  });

  it('ends what streams for ever', async () => {
    const app = express();
    const server = createServer(app);
    const draining = disposing(drain(server, { lingerMs: 50 }));

    app.get('/events', (_, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write('retry: 1000\n\n');
      const { signal } = inbound(response);
      const leave = () => response.end();
      if (draining.signal.aborted) leave();
      else draining.signal.addEventListener('abort', leave, { signal });
    });

    const feed = await fetch(`${await listening(server)}/events`);
    const report = draining.start();
    expect(await feed.text()).toBe('retry: 1000\n\n');
    expect((await report).clean).toBe(true);
  });

  it('is for servers without a framework, too', async () => {
    const server = createServer();
    const draining = drainOf(server);
    const probes = healthOf({ drain: draining });

    server.on('request', (request, response) => {
      const probe = probes.answer(request);
      if (probe === undefined) response.end('hello');
      else
        void probe.then(({ status, headers, body }) => {
          response.writeHead(status, headers).end(body);
        });
    });

    disposing(draining);
    const url = await listening(server);
    expect((await get(url, { agent: false })).text).toBe('hello');
    expect((await get(`${url}/livez`, { agent: false })).text).toBe('{"status":"pass"}');
    await draining.start();
    await expect(get(url)).rejects.toThrow('ECONNREFUSED');
  });
});

describe('health', () => {
  it('asks its checks, and shows them to operators alone', async () => {
    const app = express();
    const draining = disposing(drain(createServer(app)));
    const migrations = { done: true };
    const token = 'operators know it';

    app.use(
      health({
        drain: draining,
        checks: {
          database: (signal) => pool.query('select 1', { signal }),
          migrations: { kind: 'startup', run: () => migrations.done },
        },
        detailsFor: (request) => request.headers.authorization === `Bearer ${token}`,
      }),
    );

    const url = await listening(createServer(app));
    expect(await (await fetch(`${url}/readyz`)).json()).toEqual({ status: 'pass' });
    const headers = { authorization: `Bearer ${token}` };
    expect(await (await fetch(`${url}/readyz`, { headers })).json()).toMatchObject({
      status: 'pass',
      checks: { database: { status: 'pass' } },
    });
  });
});
