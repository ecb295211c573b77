import { createServer } from 'node:http';
import { memoryStore, sessions } from '@holdfast/core/stateless';
import { guard, inbound, rateLimit, rejections, session, sessionOf } from '@holdfast/express';
import express, { type Express } from 'express';
import { describe, expect, it } from 'vitest';
import { listening, statusesOf } from './serving.ts';

// What docs/stateless/sessions.md and docs/inbound.md show of sessions and of limits in a store.

declare module '@holdfast/core/stateless' {
  interface SessionData {
    basket?: string[];
  }
}

const secret = 'the secret of this test, long enough';
const keySecret = 'the same in all processes';

/** A browser with one cookie. */
const visitor = async (app: Express) => {
  const url = await listening(createServer(app));
  let cookie = '';
  return async (path: string, method = 'GET') => {
    const response = await fetch(url + path, { method, headers: { cookie } });
    const [set] = response.headers.getSetCookie();
    if (set !== undefined) cookie = set.split(';')[0] ?? '';
    return { status: response.status, text: await response.text(), set };
  };
};

describe('sessions', () => {
  it('are opened as a request comes and saved before its answer goes', async () => {
    const store = memoryStore();
    const app = express();

    app.use(guard({ health: {}, rateLimit: { rate: 50, burst: 100 } }));
    app.use(session({ store, keys: [{ id: 'a', secret }] }));

    app.post('/log-in', async (_, response) => {
      await sessionOf(response).login('ann'); // after the password was right
      response.sendStatus(204);
    });

    app.post('/basket/:item', (request, response) => {
      const { data } = sessionOf(response);
      data.basket = [...(data.basket ?? []), request.params.item];
      response.sendStatus(204);
    });

    app.post('/log-out', async (_, response) => {
      await sessionOf(response).logout();
      response.sendStatus(204);
    });

    app.get('/', (_, response) => {
      const { user, data, state } = sessionOf(response);
      response.json({ user, basket: data.basket, state });
    });
    const visit = await visitor(app);
    await visit('/basket/tea', 'POST');
    const { set } = await visit('/log-in', 'POST');
    expect(set).toMatch(/^__Host-session=.*; Path=\/; HttpOnly; Secure; SameSite=Lax$/);
    expect(JSON.parse((await visit('/')).text)).toEqual({
      user: 'ann',
      basket: ['tea'],
      state: 'loaded',
    });
    expect((await visit('/log-out', 'POST')).set).toContain('Max-Age=0');
    expect(JSON.parse((await visit('/')).text)).toEqual({ state: 'new' });
  });

  it('or made before, to be used elsewhere, too', async () => {
    const store = memoryStore();
    const app = express();

    const shop = sessions({ store, keys: [{ id: 'a', secret }], onStoreLoss: 'read-cache' });
    app.use(session(shop));

    app.post('/password', async (_, response) => {
      await shop.revokeAll('ann'); // wherever she is logged in
      await sessionOf(response).login('ann');
      response.sendStatus(204);
    });

    app.get('/', (_, response) => void response.json({ user: sessionOf(response).user }));
    const visit = await visitor(app);
    await visit('/password', 'POST');
    expect(JSON.parse((await visit('/')).text)).toEqual({ user: 'ann' });
  });

  it('without their store are a refusal, and no log-out', async () => {
    const store = memoryStore();
    const app = express();
    app.use(session({ store, keys: [{ id: 'a', secret }] }));
    app.get('/', (_, response) => {
      sessionOf(response).data.basket = ['tea'];
      response.end();
    });
    const visit = await visitor(app);
    expect((await visit('/')).status).toBe(200);
    await store[Symbol.asyncDispose]();
    const { status, text, set } = await visit('/');
    expect({ status, set }).toEqual({ status: 503, set: undefined });
    expect(JSON.parse(text)).toMatchObject({ title: 'Service Unavailable' });
  });
});

describe('limits in a store', () => {
  it('are one for all processes, and told from those of a lost store', async () => {
    const store = memoryStore();
    const startProcess = async () => {
      const app = express();

      app.use(rateLimit({ name: 'api', quota: 100, windowMs: 60_000, store, keySecret }));

      app.get('/', (_, response) => {
        const [limit] = inbound(response).rateLimits;
        response.json({ left: limit?.remaining, source: limit?.source });
      });
      return listening(createServer(app));
    };
    const [first, second] = [await startProcess(), await startProcess()];
    const told = async (url: string): Promise<unknown> => (await fetch(url)).json();
    expect(await told(first)).toEqual({ left: 99, source: 'shared' });
    expect(await told(second)).toEqual({ left: 98, source: 'shared' });
    await store[Symbol.asyncDispose]();
    expect(await told(first)).toEqual({ left: 99, source: 'local' });
  });

  it('of log-ins let nobody try while the store is lost', async () => {
    const store = memoryStore();
    const app = express();

    const tries = rateLimit({
      name: 'log-ins',
      quota: 5,
      windowMs: 600_000,
      store,
      onStoreLoss: 'deny',
      keySecret,
    });

    app.post('/log-in', tries, (_, response) => void response.sendStatus(204));
    app.use(rejections());
    const url = await listening(createServer(app));
    const tried = () => statusesOf(1, `${url}/log-in`, { method: 'POST' });
    expect(await tried()).toEqual([204]);
    await store[Symbol.asyncDispose]();
    expect(await tried()).toEqual([429]);
  });
});
