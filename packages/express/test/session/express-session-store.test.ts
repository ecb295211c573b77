import { key, memoryStore } from '@holdfast/core/stateless';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { Express, Request, Response } from 'express';
import { expect, it, onTestFinished, vi } from 'vitest';
import { expressSessionStore } from '../../src/index.ts';
import { withPassingTime } from '../../../core/test/http/session-suite/passing-time.ts';
import { gate, get } from '../app.ts';
import { as, cookieOf, routes, withSessions } from './with-sessions.ts';

/** A handler whose promise Express 5 looks after. */
const on = (
  app: Express,
  path: string,
  handler: (request: Request, response: Response) => Promise<void>,
): unknown => app.get(path, handler);

/** What the channel of stores tells until the test is over. */
const heard = (): { readonly type: string }[] => {
  const messages: { type: string }[] = [];
  const hear = (message: unknown): void => void messages.push(message as { type: string });
  subscribe('holdfast:store', hear);
  onTestFinished(() => void unsubscribe('holdfast:store', hear));
  return messages;
};

it('keeps what a request has put into its session for the next one', async () => {
  const { url } = await withSessions({ routes });
  const cookie = cookieOf(await get(`${url}/?a=1`));
  expect(JSON.parse((await get(`${url}/?b=2`, as(cookie))).text)).toEqual({ a: '1', b: '2' });
  expect(JSON.parse((await get(url, as(cookie))).text)).toEqual({ a: '1', b: '2' });
});

it('a lifetime that a request makes shorter is shorter, in the store and for the next one', async () => {
  const store = memoryStore();
  const { url } = await withSessions({
    store,
    session: { cookie: { maxAge: 30 * 86_400_000 } },
    routes: (app) => {
      app.get('/short', (request, response) => {
        request.session.cookie.maxAge = 60_000;
        response.end();
      });
      routes(app);
    },
  });
  const cookie = as(cookieOf(await get(`${url}/?a=1`)));
  const read = vi.spyOn(store, 'read');
  await get(`${url}/short`, cookie);
  for (let index = 0; index < 3; index++) {
    await get(url, cookie);
    const found = (await read.mock.results.at(-1)?.value) as { readonly ttlMs: number } | undefined;
    expect(found?.ttlMs).toBeLessThanOrEqual(60_050);
  }
});

it('keeps all of fifty changes that fifty requests make at once under names of their own', async () => {
  const begun = gate();
  let arrived = 0;
  const { url } = await withSessions({
    session: { cookie: { maxAge: 60_000 } },
    routes: (app) => {
      on(app, '/one/:name', async (request, response) => {
        if (++arrived === 50) begun.open();
        await begun.opened; // all of them have read the same
        request.session[String(request.params['name'])] = 1;
        response.end();
      });
      routes(app);
    },
  });
  const messages = heard();
  const cookie = cookieOf(await get(`${url}/?a=1`));
  const names = Array.from({ length: 50 }, (_, index) => `n${index}`);
  await Promise.all(names.map((name) => get(`${url}/one/${name}`, as(cookie))));
  const kept = JSON.parse((await get(url, as(cookie))).text);
  expect(Object.keys(kept).toSorted()).toEqual(['a', ...names].toSorted());
  // The ends of their cookies are no change that two have made.
  expect(messages).toEqual([]);
});

it('a late save does not bring back a session that was destroyed', async () => {
  const [begun, goOn] = [gate(), gate()];
  const { url } = await withSessions({
    routes: (app) => {
      on(app, '/slow', async (request, response) => {
        request.session['late'] = true;
        begun.open();
        await goOn.opened;
        response.end('done');
      });
      app.get('/logout', (request, response, next) =>
        request.session.destroy((error) => (error ? next(error) : response.end())),
      );
      routes(app);
    },
  });
  const messages = heard();
  const cookie = cookieOf(await get(`${url}/?user=ada`));
  const slow = get(`${url}/slow`, as(cookie));
  await begun.opened;
  await get(`${url}/logout`, as(cookie));
  goOn.open();
  expect(await slow).toMatchObject({ status: 200, text: 'done' });
  expect(JSON.parse((await get(url, as(cookie))).text)).toEqual({});
  expect(messages).toEqual([{ type: 'session-gone', name: 'express-session' }]);
});

it('an explicit save that met another does not take away, with the last one, what that has written', async () => {
  const [begun, goOn] = [gate(), gate()];
  const { url } = await withSessions({
    routes: (app) => {
      on(app, '/twice', async (request, response) => {
        begun.open();
        await goOn.opened;
        request.session['first'] = 1;
        await new Promise((resolve) => request.session.save(resolve));
        request.session['second'] = 2;
        response.end();
      });
      routes(app);
    },
  });
  const cookie = cookieOf(await get(`${url}/?a=1`));
  const twice = get(`${url}/twice`, as(cookie));
  await begun.opened;
  await get(`${url}/?theirs=yes`, as(cookie));
  goOn.open();
  await twice;
  const kept = JSON.parse((await get(url, as(cookie))).text);
  expect(kept).toEqual({ a: '1', theirs: 'yes', first: 1, second: 2 });
});

it('two saves that nobody waits for come one after the other', async () => {
  const { url } = await withSessions({
    routes: (app) => {
      app.get('/twice', (request, response) => {
        request.session['n'] = 1;
        request.session.save();
        request.session['n'] = 2;
        response.end();
      });
      routes(app);
    },
  });
  const messages = heard();
  const cookie = cookieOf(await get(`${url}/twice`));
  expect(JSON.parse((await get(url, as(cookie))).text)).toEqual({ n: 2 });
  expect(messages).toEqual([]);
});

it('where it is strict, the later of two who changed the same is told so', async () => {
  const [begun, goOn] = [gate(), gate()];
  const failed = gate();
  const errors: unknown[] = [];
  const { url } = await withSessions({
    options: { strict: true },
    session: { cookie: { maxAge: 60_000 } },
    routes: (app) => {
      on(app, '/slow', async (request, response) => {
        begun.open();
        await goOn.opened;
        request.session['a'] = 'mine';
        request.session.save((error) => {
          errors.push(error);
          failed.open();
          response.end();
        });
      });
      routes(app);
    },
  });
  const cookie = cookieOf(await get(`${url}/?a=1`));
  const slow = get(`${url}/slow`, as(cookie)).catch(() => undefined);
  await begun.opened;
  await get(`${url}/?a=theirs`, as(cookie));
  goOn.open();
  await failed.opened;
  expect(errors).toEqual([expect.objectContaining({ code: 'HF_SESSION_CONFLICT' })]);
  await slow;
  expect(JSON.parse((await get(url, as(cookie))).text)).toEqual({ a: 'theirs' });
});

it('a new id for a log-in leaves nothing behind under the old one', async () => {
  const { url } = await withSessions({
    routes: (app) => {
      app.get('/login', (request, response, next) =>
        request.session.regenerate((error) => {
          if (error) return next(error);
          request.session['user'] = 'ada';
          response.end();
        }),
      );
      routes(app);
    },
  });
  const planted = cookieOf(await get(`${url}/?a=1`));
  const own = cookieOf(await get(`${url}/login`, as(planted)));
  expect(own).not.toBe(planted);
  expect(JSON.parse((await get(url, as(own))).text)).toEqual({ user: 'ada' });
  expect(JSON.parse((await get(url, as(planted))).text)).toEqual({});
});

it('reads a session again, and loads one by its id', async () => {
  const { url, kept } = await withSessions({
    routes: (app) => {
      app.get('/reload', (request, response) => {
        request.session['a'] = 'not kept';
        request.session.reload(() =>
          response.json({ a: request.session['a'], id: request.sessionID }),
        );
      });
      routes(app);
    },
  });
  const cookie = cookieOf(await get(`${url}/?a=1`));
  const { a, id } = JSON.parse((await get(`${url}/reload`, as(cookie))).text);
  expect(a).toBe('1');
  const load = (of: string) =>
    new Promise((resolve, reject) => {
      kept.load(of, (error, found) => (error ? reject(error) : resolve(found)));
    });
  expect(await load(id)).toMatchObject({ id, a: '1' });
  expect(await load('nobody')).toBeUndefined();
});

it('a session that is only read is not written, and lives on', () =>
  withPassingTime(async (pass) => {
    const store = memoryStore();
    const [write, touch] = [vi.spyOn(store, 'write'), vi.spyOn(store, 'touch')];
    const { url } = await withSessions({ store, session: { cookie: { maxAge: 60_000 } }, routes });
    const cookie = cookieOf(await get(`${url}/?a=1`));
    for (let index = 0; index < 20; index++) {
      pass(5_000);
      expect(JSON.parse((await get(url, as(cookie))).text)).toEqual({ a: '1' });
    }
    expect(write).toHaveBeenCalledTimes(1);
    expect(touch).toHaveBeenCalledTimes(10); // with every second request a tenth is gone
    pass(60_001);
    expect(JSON.parse((await get(url, as(cookie))).text)).toEqual({});
  }));

it('a session whose cookie has ended ends', async () => {
  const { url } = await withSessions({
    routes: (app) => {
      app.get('/end', (request, response) => {
        request.session.cookie.expires = new Date(Date.now() - 1_000);
        request.session['b'] = 1;
        response.end();
      });
      routes(app);
    },
  });
  const cookie = as(cookieOf(await get(`${url}/?a=1`)));
  expect(await get(`${url}/end`, cookie)).toMatchObject({ status: 200 });
  expect(JSON.parse((await get(url, cookie)).text)).toEqual({});
});

it('with resave, what has not changed is not written again', async () => {
  const store = memoryStore();
  const write = vi.spyOn(store, 'write');
  const { url } = await withSessions({
    store,
    session: { resave: true, rolling: true, cookie: { maxAge: 60_000 } },
    routes,
  });
  const cookie = cookieOf(await get(`${url}/?a=1`));
  for (let index = 0; index < 20; index++) await get(url, as(cookie));
  expect(write).toHaveBeenCalledTimes(1);
});

it('a lost store is an error of the request that needs it, and no new session', async () => {
  const store = memoryStore();
  const { url } = await withSessions({ store, routes });
  const cookie = cookieOf(await get(`${url}/?a=1`));
  await store[Symbol.asyncDispose]();
  const answer = await get(url, as(cookie));
  expect(answer).toMatchObject({ status: 503 });
  expect(answer.headers['set-cookie']).toBeUndefined();
});

it('names that reach a prototype come to nothing, whoever wrote them into the store', async () => {
  const store = memoryStore();
  const { url } = await withSessions({
    store,
    routes: (app) => {
      app.get('/id', (request, response) => {
        request.session['a'] = 1;
        response.end(request.sessionID);
      });
      app.get('/admin', (request, response) => {
        request.session['b'] = 1;
        response.json([request.session['admin'] ?? null, Reflect.get({}, 'admin') ?? null]);
      });
      routes(app);
    },
  });
  const first = await get(`${url}/id`);
  const place = key('express-session', 'default', 'express-session', first.text);
  const data = Buffer.from('{"cookie":{"path":"/"},"__proto__":{"admin":true},"touch":1,"a":2}');
  await store.write(place, { mode: 'force', data, ttlMs: 60_000 }, { deadlineMs: 50 });
  const cookie = as(cookieOf(first));
  expect(JSON.parse((await get(`${url}/admin`, cookie)).text)).toEqual([null, null]);
  expect(JSON.parse((await get(url, cookie)).text)).toEqual({ a: 2, b: 1 });
});

it('what is too much is an error, and nothing of it is written', async () => {
  const { url } = await withSessions({
    routes: (app) => {
      app.get('/much', (request, response) => {
        request.session['a'] = 'x'.repeat(20_000);
        request.session.save((error) => {
          request.session['a'] = '1';
          response.end(String(error));
        });
      });
      routes(app);
    },
  });
  const cookie = as(cookieOf(await get(`${url}/?a=1`)));
  expect((await get(`${url}/much`, cookie)).text).toMatch(/holds more than it may/);
  expect(JSON.parse((await get(url, cookie)).text)).toEqual({ a: '1' });
});

it('what a callback throws is its own, and it is called once', async () => {
  const { kept } = await withSessions({ routes });
  const thrown: unknown[] = [];
  const before = process.rawListeners('uncaughtException');
  process.removeAllListeners('uncaughtException');
  process.on('uncaughtException', (error) => thrown.push(error));
  onTestFinished(() => {
    process.removeAllListeners('uncaughtException');
    for (const listener of before) process.on('uncaughtException', listener as () => void);
  });
  const callback = vi.fn(() => {
    throw new Error('mine');
  });
  kept.get('nobody', callback);
  await vi.waitFor(() => expect(thrown).toHaveLength(1));
  expect(callback).toHaveBeenCalledTimes(1);
});

it.each([
  ['an option nobody knows', { idle: 1 }, /express-session\.idle/],
  ['a lifetime of nothing', { idleMs: 0 }, /idleMs/],
  ['an absolute end of nothing', { absoluteMs: 0 }, /absoluteMs/],
  ['a tombstone below nothing', { tombstoneMs: -1 }, /tombstoneMs/],
  ['null', { name: null }, /name/],
])('refuses %s', (_, options, message) => {
  expect(() => expressSessionStore(memoryStore(), options as object)).toThrow(message);
});
