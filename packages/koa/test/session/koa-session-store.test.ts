import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { key, memoryStore, type Store } from '@holdfast/core/stateless';
import Koa, { type Context } from 'koa';
import { createSession, type CreateSessionOptions } from 'koa-session';
import { expect, it, onTestFinished, vi } from 'vitest';
import { withPassingTime } from '../../../core/test/http/session-suite/passing-time.ts';
import { koaSessionStore, rejections } from '../../src/index.ts';

type Routes = Readonly<Record<string, (context: Context) => unknown>>;
type SessionContext = Context & {
  session:
    | (Record<string, unknown> & { save(): Promise<void>; regenerate(): Promise<void> })
    | null;
};

interface Setup {
  readonly store?: Store;
  readonly options?: Parameters<typeof koaSessionStore>[1];
  readonly session?: CreateSessionOptions;
  readonly routes?: Readonly<Record<string, (context: SessionContext) => unknown>>;
}

interface Answer {
  readonly status: number;
  readonly text: string;
  readonly cookie: string;
}

const gate = (): { readonly opened: Promise<void>; open(): void } => {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { opened: promise, open: resolve };
};

/** Sets what the query names, and answers with what the session holds. */
const root = (context: SessionContext): void => {
  Object.assign(context.session ?? {}, context.query);
  context.body = context.session;
};

/** Serves routes behind a real koa-session. */
const withSessions = async ({ store = memoryStore(), options, session, routes = {} }: Setup) => {
  const app = new Koa();
  app.keys = ['a key'];
  app.silent = true;
  app.use(rejections());
  const kept = koaSessionStore(store, options);
  app.use(createSession({ ...session, store: kept }, app));
  const all: Routes = { '/': root as Routes[string], ...(routes as Routes) };
  app.use((context) => all[context.path]?.(context));
  const handle = app.callback();
  const server = createServer((request, response) => void handle(request, response));
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  const get = async (path: string, cookie = ''): Promise<Answer> => {
    const response = await fetch(`http://127.0.0.1:${port}${path}`, { headers: { cookie } });
    const set = response.headers.getSetCookie().map((each) => each.split(';')[0]);
    return { status: response.status, text: await response.text(), cookie: set.join('; ') };
  };
  return { get, kept };
};

/** What the channel of stores tells until the test is over. */
const heard = (): unknown[] => {
  const messages: unknown[] = [];
  const hear = (message: unknown): void => void messages.push(message);
  subscribe('holdfast:store', hear);
  onTestFinished(() => void unsubscribe('holdfast:store', hear));
  return messages;
};

const held = (answer: Answer): unknown => JSON.parse(answer.text);

it('keeps what a request has put into its session for the next one', async () => {
  const { get } = await withSessions({});
  const { cookie } = await get('/?a=1');
  expect(held(await get('/?b=2', cookie))).toEqual({ a: '1', b: '2' });
  expect(held(await get('/', cookie))).toEqual({ a: '1', b: '2' });
});

it('keeps all of fifty changes that fifty requests make at once under names of their own', async () => {
  const begun = gate();
  let arrived = 0;
  const { get } = await withSessions({
    routes: {
      '/one': async ({ session, query }) => {
        if (++arrived === 50) begun.open();
        await begun.opened; // all of them have read the same
        Object.assign(session ?? {}, { [String(query['name'])]: 1 });
      },
    },
  });
  const messages = heard();
  const { cookie } = await get('/?a=1');
  const names = Array.from({ length: 50 }, (_, index) => `n${index}`);
  await Promise.all(names.map((name) => get(`/one?name=${name}`, cookie)));
  const all = Object.fromEntries(names.map((name) => [name, 1]));
  expect(held(await get('/', cookie))).toEqual({ a: '1', ...all });
  // When they end is no change that two have made.
  expect(messages).toEqual([]);
});

it('a late save does not bring back a session that was destroyed', async () => {
  const [begun, goOn] = [gate(), gate()];
  const { get } = await withSessions({
    routes: {
      '/slow': async (context) => {
        Object.assign(context.session ?? {}, { late: true });
        begun.open();
        await goOn.opened;
        context.body = 'done';
      },
      '/logout': (context) => {
        context.session = null;
        context.body = '';
      },
    },
  });
  const messages = heard();
  const { cookie } = await get('/?user=ada');
  const slow = get('/slow', cookie);
  await begun.opened;
  await get('/logout', cookie);
  goOn.open();
  expect(await slow).toMatchObject({ status: 200, text: 'done' });
  expect(held(await get('/', cookie))).toEqual({});
  expect(messages).toEqual([{ type: 'session-gone', name: 'koa-session' }]);
});

it('an explicit save that met another does not take away, with the last one, what that has written', async () => {
  const [begun, goOn] = [gate(), gate()];
  const { get } = await withSessions({
    routes: {
      '/twice': async ({ session }) => {
        begun.open();
        await goOn.opened;
        Object.assign(session ?? {}, { first: 1 });
        await session?.save();
        Object.assign(session ?? {}, { second: 2 });
      },
    },
  });
  const { cookie } = await get('/?a=1');
  const twice = get('/twice', cookie);
  await begun.opened;
  await get('/?theirs=yes', cookie);
  goOn.open();
  await twice;
  expect(held(await get('/', cookie))).toEqual({ a: '1', theirs: 'yes', first: 1, second: 2 });
});

it('where it is strict, the later of two who changed the same gets 409', async () => {
  const [begun, goOn] = [gate(), gate()];
  const { get } = await withSessions({
    options: { strict: true },
    routes: {
      '/slow': async (context) => {
        begun.open();
        await goOn.opened;
        Object.assign(context.session ?? {}, { a: 'mine' });
        context.body = 'done';
      },
    },
  });
  const { cookie } = await get('/?a=1');
  const slow = get('/slow', cookie);
  await begun.opened;
  await get('/?a=theirs', cookie);
  goOn.open();
  expect(await slow).toMatchObject({ status: 409 });
  expect(held(await get('/', cookie))).toEqual({ a: 'theirs' });
});

it('a new id for a log-in leaves nothing behind under the old one', async () => {
  const { get } = await withSessions({
    routes: {
      '/login': async (context) => {
        context.session = { user: 'ada' } as unknown as SessionContext['session'];
        await context.session?.regenerate();
        context.body = '';
      },
    },
  });
  const planted = await get('/?a=1');
  const own = await get('/login', planted.cookie);
  expect(own.cookie).not.toBe(planted.cookie);
  expect(held(await get('/', own.cookie))).toEqual({ user: 'ada' });
  expect(held(await get('/', planted.cookie))).toEqual({});
});

it('a session that is only read is not written; where it is rolling it lives on', async () => {
  const store = memoryStore();
  const [write, touch] = [vi.spyOn(store, 'write'), vi.spyOn(store, 'touch')];
  const { get } = await withSessions({ store, session: { rolling: true, maxAge: 60_000 } });
  const { cookie } = await get('/?a=1');
  for (let index = 0; index < 5; index++) expect(held(await get('/', cookie))).toEqual({ a: '1' });
  expect(write).toHaveBeenCalledTimes(1);
  expect(touch).not.toHaveBeenCalled(); // there is nearly all of it left
});

it('tells koa-session when a session ends, so that it is renewed in the second half of its life', () =>
  withPassingTime(async (pass) => {
    const store = memoryStore();
    const write = vi.spyOn(store, 'write');
    const { get } = await withSessions({ store, session: { renew: true, maxAge: 60_000 } });
    const { cookie } = await get('/?a=1');
    pass(25_000);
    expect(await get('/', cookie)).toMatchObject({ cookie: '' });
    pass(10_000);
    expect((await get('/', cookie)).cookie).not.toBe('');
    pass(30_000); // past its first end
    expect(held(await get('/', cookie))).toEqual({ a: '1' });
    expect(write).toHaveBeenCalledTimes(1);
    pass(60_001);
    expect(held(await get('/', cookie))).toEqual({});
  }));

it('a session that ends with the browser has a lifetime of its own', async () => {
  const store = memoryStore();
  const write = vi.spyOn(store, 'write');
  const { get } = await withSessions({
    store,
    options: { idleMs: 5_000 },
    session: { maxAge: 'session' },
  });
  const { cookie } = await get('/?a=1');
  expect(write.mock.lastCall?.[1]).toMatchObject({ ttlMs: 5_000 });
  expect(held(await get('/', cookie))).toEqual({ a: '1' });
});

it('a lost store is 503 and no new session', async () => {
  const store = memoryStore();
  const { get } = await withSessions({ store });
  const { cookie } = await get('/?a=1');
  await store[Symbol.asyncDispose]();
  expect(await get('/', cookie)).toMatchObject({ status: 503, cookie: '' });
});

it('names that would reach a prototype or koa-session itself come to nothing', async () => {
  const store = memoryStore();
  let id = '';
  const { get } = await withSessions({
    store,
    session: { genid: () => (id = 'an-id') },
  });
  const { cookie } = await get('/?a=1');
  const place = key('koa-session', 'default', 'koa-session', id);
  const data = Buffer.from('{"__proto__":{"admin":true},"toJSON":1,"save":2,"a":3}');
  await store.write(place, { mode: 'force', data, ttlMs: 60_000 }, { deadlineMs: 50 });
  expect(await get('/', cookie)).toMatchObject({ status: 200 });
  expect(held(await get('/?b=1', cookie))).toEqual({ a: 3, b: '1' });
});

it.each(['save', 'commit', 'regenerate', 'manuallyCommit', 'isNew', 'toJSON'])(
  'says that %s is a name of koa-session’s own, and saves nothing',
  async (name) => {
    const { kept } = await withSessions({});
    await expect(kept.set('an-id', { a: 1, [name]: 'mine' }, 60_000)).rejects.toThrow(
      new RegExp(`koa-session: "${name}" .* cannot be`, 'u'),
    );
    expect(await kept.get('an-id', undefined)).toBeUndefined();
  },
);

it('keeps a name that koa-session has no use for', async () => {
  const { get } = await withSessions({});
  const { cookie } = await get('/?inspect=1');
  expect(held(await get('/', cookie))).toEqual({ inspect: '1' });
});

it('takes what somebody saves without a request', async () => {
  const { kept } = await withSessions({});
  await kept.set('an-id', { a: 1 }, 60_000);
  await kept.set('an-id', { b: 2 }, 60_000);
  expect(await kept.get('an-id', undefined)).toEqual({ a: 1, b: 2 });
  await kept.destroy('an-id');
  expect(await kept.get('an-id', undefined)).toBeUndefined();
});

it('refuses an option nobody knows', () => {
  expect(() => koaSessionStore(memoryStore(), { idle: 1 } as object)).toThrow(/koa-session\.idle/);
});
