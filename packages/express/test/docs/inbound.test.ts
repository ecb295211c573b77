// oxlint-disable oxc/no-async-endpoint-handlers -- Express 5 handles their promises
import { createServer } from 'node:http';
import { circuitBreaker, countWindow } from '@holdfast/core';
import { currentDeadline, withoutDeadline } from '@holdfast/core/http';
import {
  breaker,
  bulkhead,
  deadline,
  guard,
  inbound,
  rateLimit,
  rejections,
  timeout,
} from '@holdfast/express';
import express from 'express';
import { describe, expect, it, vi } from 'vitest';
import { gate, get, serve } from '../app.ts';
import { disposing, listening, statusesOf } from './serving.ts';

// The code of docs/inbound.md, over real sockets.

describe('guards', () => {
  it('stand in front of an app, and of a route', async () => {
    const orders = await serve((app) => app.get('/:id', (_, response) => void response.json({})));

    const app = express();
    const server = createServer(app);

    app.use(
      guard({
        health: {},
        deadline: { deadlineMs: 10_000 },
        rateLimit: { rate: 50, burst: 100 },
        bulkhead: { concurrency: 200, queue: 50, maxWaitMs: 200 },
      }),
    );
    app.use(express.json());

    const careful = guard({ timeout: { timeoutMs: 2_000 }, breaker: {} });

    app.get('/orders/:id', careful, async (request, response) => {
      const { signal } = inbound(response);
      const order = await fetch(`${orders}/${request.params.id}`, { signal });
      response.status(order.status).json(await order.json());
    });

    const url = await listening(server);
    const response = await fetch(`${url}/orders/1`);
    expect(response.status).toBe(200);
    expect(response.headers.get('ratelimit')).toBe('"inbound";r=99;t=1');
    expect(response.headers.get('ratelimit-policy')).toBe('"inbound";q=100;w=2');
    expect(await (await fetch(`${url}/readyz`)).json()).toEqual({ status: 'pass' });
    expect([...(careful.policies.breaker?.entries() ?? [])]).toHaveLength(1);
  });

  it('or each by itself', async () => {
    const app = express();

    const slow = bulkhead({ name: 'reports', concurrency: 2, queue: 10, maxWaitMs: 1_000 });

    app.get('/reports/:id', slow, timeout({ timeoutMs: 30_000 }), (_, response) => {
      response.send('report');
    });

    const url = await listening(createServer(app));
    expect(await (await fetch(`${url}/reports/1`)).text()).toBe('report');
    expect(slow.bulkheads?.get('').snapshot().admitted).toBe(1);
  });
});

describe('what a handler can read', () => {
  it('is a signal, the time that is left and what limits decided', async () => {
    const app = express();
    const seen: unknown[] = [];
    app.use(guard({ deadline: { deadlineMs: 5_000 }, rateLimit: { rate: 10 } }));

    app.get('/search', async (request, response) => {
      const call = inbound(response);
      const depth = call.remainingMs() < 500 ? 'quick' : 'full';
      const left = call.rateLimits.at(-1)?.remaining;
      response.json(await search(request.query['q'], { depth, left, signal: call.signal }));
    });

    const search = async (...given: unknown[]): Promise<string[]> => {
      seen.push(...given);
      return [];
    };
    await fetch(`${await listening(createServer(app))}/search?q=tea`);
    expect(seen).toEqual(['tea', { depth: 'full', left: 9, signal: expect.any(AbortSignal) }]);
  });

  it('is a signal that aborts when the client leaves', async () => {
    const begun = gate();
    const reasons: unknown[] = [];
    const url = await serve((app) =>
      app.get('/', timeout({ timeoutMs: 60_000 }), (_, response) => {
        const { signal } = inbound(response);
        signal.addEventListener('abort', () => reasons.push(signal.reason));
        begun.open();
      }),
    );
    const controller = new AbortController();
    const answer = get(url, { signal: controller.signal });
    await begun.opened;
    controller.abort();
    await expect(answer).rejects.toThrow('aborted');
    await vi.waitFor(() => expect(reasons).toMatchObject([{ name: 'AbortError' }]));
  });
});

describe('deadlines', () => {
  it('are what a trusted caller says, where that is shorter', async () => {
    const app = express();
    const left: number[] = [];

    app.use(
      deadline({
        deadlineMs: 10_000,
        trust: (request) => request.socket.remoteAddress === '127.0.0.1',
      }),
    );

    app.get('/', (_, response) => {
      left.push(inbound(response).remainingMs());
      expect(currentDeadline()).toBeDefined();
      response.end();
    });
    const url = await listening(createServer(app));
    await fetch(url, { headers: { 'x-request-timeout-ms': '800' } });
    await fetch(url, { headers: { 'x-request-timeout-ms': '800000' } });
    expect(left[0]).toBeLessThanOrEqual(790);
    expect(left[1]).toBeGreaterThan(9_000);
    expect((await fetch(url, { headers: { 'x-request-timeout-ms': '5' } })).status).toBe(504);
  });

  it('do not bind what outlives the request', async () => {
    const app = express();
    const due: unknown[] = [];
    const audit = async (event: string): Promise<void> => void due.push(event, currentDeadline());
    app.use(deadline({ deadlineMs: 10_000 }));

    app.post('/orders', (_, response) => {
      response.status(202).end();
      void withoutDeadline(() => audit('order taken'));
    });

    await fetch(`${await listening(createServer(app))}/orders`, { method: 'POST' });
    expect(due).toEqual(['order taken', undefined]);
  });
});

describe('bulkheads', () => {
  it('serve who matters more first, and turn away who matters less', async () => {
    const app = express();
    const [first, free] = [gate(), gate()];

    app.use((request, response, next) => {
      response.locals['plan'] = request.get('authorization') === 'Bearer paid' ? 'paid' : 'free';
      next();
    });

    app.use(
      bulkhead({
        concurrency: 1,
        queue: 1,
        order: 'priority',
        priority: (_, response) => (response.locals['plan'] === 'paid' ? 1 : 0),
      }),
    );

    app.get('/', async (_, response) => {
      first.open();
      await free.opened;
      response.end();
    });
    const url = await listening(createServer(app));
    const inside = fetch(url);
    await first.opened;
    const guest = fetch(url);
    await new Promise((resolve) => setTimeout(resolve, 20)); // the guest stands in the queue
    const paid = fetch(url, { headers: { authorization: 'Bearer paid' } });
    expect((await guest).status).toBe(503);
    free.open();
    expect((await paid).status).toBe(200);
    expect((await inside).status).toBe(200);
  });

  it('hold a slot until a stream is over', async () => {
    const feeds = bulkhead({ name: 'feeds', concurrency: 1 });
    const url = await serve((app) =>
      app.get('/', feeds, (_, response) => {
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        response.write('data: 1\n\n');
      }),
    );
    const controller = new AbortController();
    await fetch(url, { signal: controller.signal });
    expect((await fetch(url)).status).toBe(503);
    controller.abort();
    await vi.waitFor(() => expect(feeds.bulkheads?.get('').snapshot().inFlight).toBe(0));
  });
});

describe('circuits', () => {
  it('are one for each route, and opened by what the route answers', async () => {
    const app = express();

    const guarded = breaker({ trip: countWindow({ size: 2, failureRate: 1 }) });

    app.get('/stock/:id', guarded, (_, response) => void response.sendStatus(500));
    app.get('/prices/:id', guarded, (_, response) => void response.sendStatus(200));
    const url = await listening(createServer(app));
    expect(await statusesOf(2, `${url}/stock/1`)).toEqual([500, 500]);
    expect(await statusesOf(2, `${url}/stock/2`)).toEqual([503, 503]);
    expect(await statusesOf(2, `${url}/prices/1`)).toEqual([200, 200]);

    const lines: string[] = [];
    for (const [route, circuit] of guarded.circuits?.entries() ?? [])
      lines.push(`${route}: ${circuit.explain().summary}`);
    expect(lines).toHaveLength(2);
    expect(lines[0]).toMatch(/^GET \/stock\/:id: circuit "inbound" is OPEN/);
  });

  it('or one that is shared with others', async () => {
    const app = express();

    const stock = circuitBreaker({ name: 'stock' });
    app.use('/stock', breaker(stock));

    disposing(stock);
    app.get('/stock/:id', (_, response) => void response.sendStatus(404));
    await statusesOf(1, `${await listening(createServer(app))}/stock/1`);
    await vi.waitFor(() => expect(stock.snapshot().counters.successes).toBe(1));
  });
});

describe('answers', () => {
  it('may be one’s own', async () => {
    const app = express();
    const log = { info: vi.fn() };

    app.use(
      guard({
        rateLimit: { rate: 1 },
        onReject: ({ error, status }, request) => {
          log.info(`${request.method} ${request.path}: ${error.message}`);
          return { body: { error: status === 429 ? 'slow_down' : 'busy' } };
        },
      }),
    );

    app.get('/', (_, response) => void response.end());
    const url = await listening(createServer(app));
    await fetch(url);
    const refused = await fetch(url);
    expect(refused.status).toBe(429);
    expect(refused.headers.get('content-type')).toBe('application/json');
    expect(refused.headers.get('retry-after')).toMatch(/^[12]$/);
    expect(await refused.json()).toEqual({ error: 'slow_down' });
    expect(log.info).toHaveBeenCalledExactlyOnceWith(
      expect.stringMatching(/^GET \/: rate limit "inbound" is used up/),
    );
  });

  it('of refusals that a handler met are those of a guard', async () => {
    const app = express();
    app.set('env', 'test');
    const payments = disposing(circuitBreaker({ name: 'payments' }));
    payments.isolate('maintenance');
    const charge = (): Promise<void> => payments.execute(async () => undefined);

    app.post('/charges', async (_, response) => {
      await charge(); // its circuit is open
      response.status(201).end();
    });
    app.use(rejections());

    const url = await listening(createServer(app));
    const refused = await fetch(`${url}/charges`, { method: 'POST' });
    expect(refused.status).toBe(503);
    expect(refused.headers.get('content-type')).toBe('application/problem+json');
    expect(await refused.text()).not.toContain('payments');
  });

  it('are text for who asks for text', async () => {
    const app = express();
    app.use(rateLimit({ rate: 1 }));
    const url = await listening(createServer(app));
    await fetch(url);
    const refused = await fetch(url, { headers: { accept: 'text/plain' } });
    expect(await refused.text()).toBe(
      'Quota Exceeded\nMore was asked for than is allowed for now.\n',
    );
  });
});
