// oxlint-disable oxc/no-async-endpoint-handlers -- Express 5 handles their promises
import { createServer, request as ask } from 'node:http';
import { breaker, guard, inbound, rejections, timeout } from '@holdfast/express';
import express, { type NextFunction, type Request, type Response } from 'express';
import { describe, expect, expectTypeOf, it, vi } from 'vitest';
import { circuitOf, get, verdicts } from '../app.ts';
import { listening } from './serving.ts';

// What docs/express.md shows, and what it claims.

describe('types', () => {
  it('of parameters, bodies and locals stay what they are', async () => {
    const app = express();

    interface Order {
      readonly id: string;
    }
    interface Locals {
      readonly user?: string;
    }

    app.get(
      '/orders/:id',
      timeout({ timeoutMs: 2_000 }),
      (request, response: Response<Order, Locals>) => {
        expectTypeOf(request.params.id).toEqualTypeOf<string>();
        expectTypeOf(response.locals.user).toEqualTypeOf<string | undefined>();
        response.json({ id: request.params.id });
      },
    );

    const url = await listening(createServer(app));
    expect(await (await fetch(`${url}/orders/1`)).json()).toEqual({ id: '1' });
  });
});

describe('uploads', () => {
  it('are refused at once, and the connection lives', async () => {
    const app = express();
    const circuit = circuitOf();
    circuit.open();

    app.use(breaker(circuit));
    app.use(express.json());

    const url = await listening(createServer(app));
    const headers = { 'content-type': 'application/json', 'content-length': '100000' };
    const upload = ask(url, { method: 'POST', headers });
    upload.write('{');
    const [status, connection] = await new Promise<unknown[]>((resolve, reject) => {
      upload.on('response', (response) =>
        resolve([response.statusCode, response.headers.connection]),
      );
      upload.on('error', reject);
    });
    upload.destroy();
    expect([status, connection]).toEqual([503, 'keep-alive']);
  });
});

describe('error handlers', () => {
  it('answer what a handler threw, and the circuit sees what they answered', async () => {
    const app = express();
    const circuit = circuitOf();
    class NotFound extends Error {}

    app.get('/orders/:id', breaker(circuit), async (request) => {
      throw new NotFound(request.params.id);
    });

    app.use(rejections());
    app.use((error: unknown, _: Request, response: Response, next: NextFunction) => {
      if (error instanceof NotFound) response.sendStatus(404);
      else next(error);
    });

    const url = await listening(createServer(app));
    expect(await get(`${url}/orders/1`)).toMatchObject({ status: 404 });
    await vi.waitFor(() => expect(verdicts(circuit)).toMatchObject({ successes: 1, failures: 0 }));
  });
});

describe('late handlers', () => {
  it('write into a tombstone, and the next request of the connection is not harmed', async () => {
    const app = express();
    const late = vi.fn();

    app.get('/slow', timeout({ timeoutMs: 30 }), async (_, response) => {
      await new Promise((resolve) => setTimeout(resolve, 60));
      late(inbound(response).signal.aborted);
      response.json({}); // does nothing: the request was answered 30 ms ago
    });
    app.get('/', (_, response) => void setTimeout(() => response.send('next'), 60));

    const url = await listening(createServer(app));
    expect((await fetch(`${url}/slow`)).status).toBe(503);
    expect(await (await fetch(url)).text()).toBe('next');
    expect(late).toHaveBeenCalledExactlyOnceWith(true);
  });
});

describe('routers', () => {
  it('and mounted apps take guards as apps do', async () => {
    const app = express();

    const admin = express.Router();
    admin.use(guard({ name: 'admin', bulkhead: { concurrency: 5 } }));
    admin.get('/users', (_, response) => void response.json([]));
    app.use('/admin', admin);

    const url = await listening(createServer(app));
    expect((await fetch(`${url}/admin/users`)).status).toBe(200);
  });
});
