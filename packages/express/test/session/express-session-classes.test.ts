import { memoryStore } from '@holdfast/core/stateless';
import type { Request } from 'express';
import session, { type SessionOptions } from 'express-session';
import { expect, it, vi } from 'vitest';
import { get } from '../app.ts';
import { as, cookieOf, routes, withSessions } from './with-sessions.ts';

it('gives a request real sessions and cookies of express-session', async () => {
  const seen: Request['session'][] = [];
  const { url } = await withSessions({
    session: { cookie: { maxAge: 60_000, sameSite: 'lax' } },
    routes: (app) =>
      app.get('/', (request, response) => {
        request.session['n'] = 1;
        seen.push(request.session);
        response.json({ maxAge: request.session.cookie.maxAge, id: request.session.id });
      }),
  });
  const first = await get(url);
  const second = await get(url, as(cookieOf(first)));
  const [made, revived] = seen;
  expect(Object.getPrototypeOf(revived)).toBe(Object.getPrototypeOf(made));
  expect(Object.getPrototypeOf(revived?.cookie)).toBe(session.Cookie.prototype);
  expect(revived?.cookie).toMatchObject({ sameSite: 'lax', path: '/' });
  expect(revived?.cookie.originalMaxAge).toBeGreaterThan(58_000);
  expect(JSON.parse(second.text).id).toBe(JSON.parse(first.text).id);
  const { maxAge } = JSON.parse(second.text);
  expect(maxAge).toBeGreaterThan(58_000);
  expect(maxAge).toBeLessThanOrEqual(60_000);
});

it('asks for one id a session; where it has made none yet, for one more to learn the classes', async () => {
  const store = memoryStore();
  const genid = vi.fn((request: Request) => `id-of-${request.url}-${genid.mock.calls.length}`);
  const { url } = await withSessions({ store, session: { genid }, routes });
  const cookie = cookieOf(await get(`${url}/?a=1`));
  for (let index = 0; index < 5; index++) await get(url, as(cookie));
  expect(genid).toHaveBeenCalledTimes(1);
  const restarted = await withSessions({ store, session: { genid }, routes });
  for (let index = 0; index < 5; index++)
    expect(JSON.parse((await get(restarted.url, as(cookie))).text)).toEqual({ a: '1' });
  expect(genid).toHaveBeenCalledTimes(2);
});

it.each<[string, Partial<SessionOptions>]>([
  ['that asks a proxy', { proxy: true, cookie: { secure: 'auto' } }],
  ['whose ids come from headers', { genid: ({ headers }) => String(headers['x-id']) }],
])('loads a session before anybody has come, with an express-session %s', async (_, own) => {
  const { kept } = await withSessions({ session: own, routes });
  const made = { cookie: { originalMaxAge: null }, a: 1 };
  await new Promise((resolve) => {
    kept.set('an-id', made, resolve);
  });
  const found = await new Promise((resolve, reject) => {
    kept.load('an-id', (error, loaded) => (error ? reject(error) : resolve(loaded)));
  });
  expect(found).toMatchObject({ id: 'an-id', a: 1 });
  expect(Reflect.get(Object(found), 'cookie')).toBeInstanceOf(session.Cookie);
});
