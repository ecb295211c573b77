import { memoryStore } from '@holdfast/core/stateless';
import {
  guard,
  koaSessionStore,
  rejections,
  session,
  sessionOf,
  type SessionState,
} from '@holdfast/koa';
import { Router } from '@koa/router';
import Koa from 'koa';
import { createSession } from 'koa-session';
import { expect, expectTypeOf, it } from 'vitest';
import { serving } from './serving.ts';

// What docs/koa.md and docs/stateless/sessions.md show of sessions.

const secret = 'the secret of this test, long enough';

const visitor = async (app: Pick<Koa, 'callback'>) => {
  const url = await serving(app);
  let cookie = '';
  return async (path: string, method = 'GET') => {
    const response = await fetch(url + path, { method, headers: { cookie } });
    const set = response.headers.getSetCookie();
    if (set.length > 0) cookie = set.map((field) => field.split(';')[0]).join('; ');
    return response.text();
  };
};

it('a session is in the state of its request', async () => {
  const store = memoryStore();

  const app = new Koa<SessionState>();
  const router = new Router<SessionState>();

  app.use(guard({ rateLimit: { rate: 50, burst: 100 } }));
  app.use(session({ store, keys: [{ id: 'a', secret }] }));

  router.post('/log-in', async ({ state, response }) => {
    await state.session.login('ann');
    response.status = 204;
  });

  router.get('/', (context) => {
    expectTypeOf(context.state.session).toEqualTypeOf(sessionOf(context));
    context.body = sessionOf(context).user ?? 'nobody';
  });
  app.use(router.routes());
  const visit = await visitor(app);
  expect(await visit('/')).toBe('nobody');
  await visit('/log-in', 'POST');
  expect(await visit('/')).toBe('ann');
});

it('koa-session keeps its sessions in a store', async () => {
  const store = memoryStore();
  const app = new Koa();
  app.keys = [secret];

  app.use(rejections());
  app.use(createSession({ store: koaSessionStore(store), maxAge: 1_800_000 }, app));

  app.use((context) => {
    const own: Record<string, unknown> = context['session'];
    own['visits'] = Number(own['visits'] ?? 0) + 1;
    context.body = String(own['visits']);
  });
  const visit = await visitor(app);
  expect(await visit('/')).toBe('1');
  expect(await visit('/')).toBe('2');
});
