import { createServer } from 'node:http';
import { clientKey, drain, guard, inbound, rateLimit } from '@holdfast/express';
import express from 'express';
import { describe, expect, it, vi } from 'vitest';
import { disposing, listening, statusesOf } from './serving.ts';

// What docs/migrating.md shows after each move of an Express app.

describe('from express-rate-limit', () => {
  it('the same quota, and the decision where handlers find it', async () => {
    const app = express();

    const limiter = rateLimit({
      name: 'api',
      quota: 100,
      windowMs: 15 * 60_000,
      key: clientKey({ trust: { hops: 1 } }),
    });
    app.use(limiter);

    app.get('/', (_, response) => {
      const [limit] = inbound(response).rateLimits;
      response.json({ left: limit?.remaining });
    });

    const response = await fetch(await listening(createServer(app)));
    expect(response.headers.get('ratelimit')).toMatch(/^"api";r=99;t=\d+$/);
    expect(response.headers.get('ratelimit-policy')).toBe('"api";q=100;w=900');
    expect(await response.json()).toEqual({ left: 99 });
  });

  it('skipFailedRequests is a count on the outcome', async () => {
    const app = express();

    app.use(
      rateLimit({
        quota: 1,
        windowMs: 60_000,
        countOn: 'outcome',
        counts: (status) => status < 400,
        fields: 'legacy',
      }),
    );

    app.get('/missing', (_, response) => void response.sendStatus(404));
    app.get('/', (_, response) => void response.end());
    const url = await listening(createServer(app));
    expect(await statusesOf(3, `${url}/missing`)).toEqual([404, 404, 404]);
    const served = await fetch(url);
    expect(served.headers.get('x-ratelimit-limit')).toBe('1');
    expect(served.headers.get('x-ratelimit-remaining')).toBe('0');
    expect(await statusesOf(1, url)).toEqual([429]);
  });
});

describe('from rate-limiter-flexible', () => {
  it('points are units, and the middleware is there', async () => {
    const app = express();

    app.use(
      rateLimit({
        name: 'api',
        quota: 10,
        windowMs: 1_000,
        key: clientKey({ trust: { hops: 1 } }),
        cost: (request) => (request.path === '/search' ? 5 : 1),
      }),
    );

    app.get('/search', (_, response) => void response.end());
    const url = await listening(createServer(app));
    expect(await statusesOf(3, `${url}/search`)).toEqual([200, 200, 429]);
  });
});

describe('from terminus', () => {
  it('checks stand by name, and clean-up is deferred', async () => {
    const app = express();
    const server = createServer(app);
    const before = process.listenerCount('SIGTERM');
    const database = { ping: vi.fn(async () => undefined), close: vi.fn(async () => undefined) };

    const draining = drain(server, { announceMs: 5_000, deadlineMs: 25_000 });
    draining.defer('database', () => database.close());

    app.use(
      guard({
        drain: draining,
        health: { readyPath: '/healthcheck', checks: { database: () => database.ping() } },
      }),
    );

    disposing(draining);
    const url = await listening(server);
    expect(await statusesOf(1, `${url}/healthcheck`)).toEqual([200]);
    expect(database.ping).toHaveBeenCalledOnce();
    expect(draining.snapshot().deferred).toEqual(['database']);
    expect(process.listenerCount('SIGTERM')).toBe(before + 1);
  });
});
