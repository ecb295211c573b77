import { connect, createServer as createHttp2Server } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { circuitBreaker, countWindow } from '@holdfast/core';
import {
  breaker,
  bulkhead,
  clientKey,
  guard,
  inbound,
  rateLimit,
  rejections,
  timeout,
  type HoldfastState,
} from '@holdfast/koa';
import { Router } from '@koa/router';
import Koa from 'koa';
import { describe, expect, expectTypeOf, it, onTestFinished, vi } from 'vitest';
import { runApp } from './run-app.ts';
import { disposing, serving, statusesOf } from './serving.ts';

// What docs/koa.md shows, and what it claims.

const silently = (app: Koa): Koa => app.on('error', () => undefined);

describe('the first app', () => {
  it('serves, and leaves at SIGTERM with 0', { timeout: 20_000 }, async () => {
    const app = await runApp(new URL('first-app.ts', import.meta.url));
    expect(await app.get('/readyz')).toMatchObject({ status: 200, text: '{"status":"pass"}' });
    expect(await app.get('/nowhere')).toMatchObject({ status: 404 });
    expect(await app.end('SIGTERM')).toBe(0);
  });
});

describe('types', () => {
  it('of the state go along, beside those of an app', async () => {
    interface State extends HoldfastState {
      user?: string;
    }
    const app = new Koa<State>();
    const router = new Router<State>();

    app.use(guard({ deadline: { deadlineMs: 5_000 }, rateLimit: { rate: 10 } }));

    router.get('/search', (context) => {
      const { holdfast, user = 'nobody' } = context.state;
      expectTypeOf(holdfast.signal).toEqualTypeOf<AbortSignal>();
      context.body = { user, left: holdfast.rateLimits.at(-1)?.remaining };
    });

    app.use(router.routes());
    const url = await serving(app);
    expect(await (await fetch(`${url}/search`)).json()).toEqual({ user: 'nobody', left: 9 });
  });

  it('of the state go along a chain, too', async () => {
    const app = new Koa();

    app.use(timeout({ timeoutMs: 2_000 })).use((context) => {
      expectTypeOf(context.state.holdfast.signal).toEqualTypeOf<AbortSignal>();
      context.body = String(inbound(context) === context.state.holdfast);
    });

    expect(await (await fetch(await serving(app))).text()).toBe('true');
  });
});

describe('routes', () => {
  it('have a circuit each', async () => {
    const app = new Koa();
    const router = new Router();

    const guarded = breaker({ trip: countWindow({ size: 2, failureRate: 1 }) });

    router.get('/stock/:id', guarded, (context) => {
      context.status = 500;
    });
    router.get('/prices/:id', guarded, (context) => {
      context.body = 'cheap';
    });

    app.use(router.routes());
    const url = await serving(app);
    expect(await statusesOf(2, `${url}/stock/1`)).toEqual([500, 500]);
    expect(await statusesOf(2, `${url}/stock/2`)).toEqual([503, 503]);
    expect(await statusesOf(2, `${url}/prices/1`)).toEqual([200, 200]);
    expect([...(guarded.circuits?.entries() ?? [])].map(([route]) => route)).toEqual([
      'GET /stock/:id',
      'GET /prices/:id',
    ]);
  });
});

describe('keys of clients', () => {
  it('are those of what trusted proxies saw, whatever app.proxy says', async () => {
    const app = new Koa({ proxy: true });

    const keyOf = clientKey({ trust: { hops: 1 } });
    app.use(rateLimit({ quota: 20, windowMs: 60_000, key: keyOf }));

    app.use((context) => {
      context.body = context.ip;
    });
    const url = await serving(app);
    const from = (addresses: string): RequestInit => ({
      headers: { 'x-forwarded-for': addresses },
    });
    expect((await statusesOf(21, url, from('6.6.6.6, 192.0.2.7'))).indexOf(429)).toBe(20);
    expect(await statusesOf(1, url, from('7.7.7.7, 192.0.2.7'))).toEqual([429]);
    expect(await (await fetch(url, from('6.6.6.6, 192.0.2.8'))).text()).toBe('6.6.6.6'); // Koa's
  });
});

describe('errors', () => {
  it('of refusals are answered as by a guard', async () => {
    const app = new Koa();
    const payments = disposing(circuitBreaker({ name: 'payments' }));
    payments.isolate('maintenance');

    app.use(rejections());
    app.use(async (context) => {
      context.body = await payments.execute(() => fetch('https://payments.example'));
    });

    const refused = await fetch(await serving(app));
    expect(refused.status).toBe(503);
    expect(refused.headers.get('content-type')).toBe('application/problem+json');
  });

  it('keep the fields of rate limits', async () => {
    const app = silently(new Koa());

    app.use(rateLimit({ rate: 10 }));
    app.use((context) => context.throw(404, 'no such order'));

    const response = await fetch(await serving(app));
    expect(response.status).toBe(404);
    expect(response.headers.get('ratelimit')).toBe('"inbound";r=9;t=1');
  });

  it('after the headers end the response', async () => {
    const app = silently(new Koa());
    const slots = bulkhead({ concurrency: 1 });

    app.use(slots);
    app.use(async (context) => {
      context.respond = false;
      context.res.write('begun');
      throw new Error('bug');
    });

    const url = await serving(app);
    const read = async (): Promise<string> => (await fetch(url)).text();
    await expect(read()).rejects.toThrow('terminated');
    await vi.waitFor(() => expect(slots.bulkheads?.get('').snapshot().inFlight).toBe(0));
  });
});

describe('late handlers', () => {
  it('change nothing, and what stands in front of the timeout goes on', async () => {
    const app = silently(new Koa());
    const logged = vi.fn();

    app.use(async (context, next) => {
      await next();
      logged(context.status);
    });
    app.use(timeout({ timeoutMs: 30 }));
    app.use(async (context) => {
      await new Promise((resolve) => setTimeout(resolve, 60));
      context.body = 'late';
    });

    const answer = await fetch(await serving(app));
    expect(answer.status).toBe(503);
    expect(logged).toHaveBeenCalledExactlyOnceWith(503);
  });
});

describe('HTTP/2', () => {
  it('is served, and a stream is a request', async () => {
    const app = new Koa();
    const slots = bulkhead({ concurrency: 1 });
    app.use(slots);
    app.use((context) => {
      context.body = 'hello';
    });

    // oxlint-disable-next-line typescript/no-misused-promises -- it never rejects
    const server = createHttp2Server(app.callback());

    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    const session = connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    onTestFinished(() => {
      session.destroy();
      server.close();
    });
    const stream = session.request({ ':path': '/' });
    stream.setEncoding('utf8');
    expect(await stream.toArray()).toEqual(['hello']);
    await vi.waitFor(() =>
      expect(slots.bulkheads?.get('').snapshot()).toMatchObject({ admitted: 1, inFlight: 0 }),
    );
  });
});
