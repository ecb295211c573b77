import { createServer } from 'node:http';
import { memoryStore, sharedRateLimit, type Store } from '@holdfast/core/stateless';
import {
  clientKey,
  expressSessionStore,
  rateLimit,
  rejections,
  session,
  sessionOf,
} from '@holdfast/express';
import express, { type Express } from 'express';
import expressSession from 'express-session';
import { expect, it } from 'vitest';
import { listening, statusesOf } from './serving.ts';

// What docs/migrating.md and docs/stateless/sessions.md show of moving from stores of other middleware.

const secret = 'the secret of this test, long enough';
const keySecret = 'the same in all processes';

const visitor = async (app: Express) => {
  const url = await listening(createServer(app));
  let cookie = '';
  return async (path: string) => {
    const response = await fetch(url + path, { headers: { cookie } });
    const [set] = response.headers.getSetCookie();
    if (set !== undefined) cookie = set.split(';')[0] ?? '';
    return response.text();
  };
};

const signedIn = (app: Express, store: Store): void => {
  app.use(session({ store, keys: [{ id: 'a', secret }] }));

  app.get('/log-in', async (_, response) => {
    const own = sessionOf(response);
    own.data['since'] = new Date().getFullYear();
    await own.login('ann');
    response.end('welcome');
  });
};

it('express-session keeps its sessions in a store', async () => {
  const store = memoryStore();
  const app = express();

  app.use(
    expressSession({
      store: expressSessionStore(store, { idleMs: 1_800_000 }),
      secret,
      resave: false,
      saveUninitialized: false,
    }),
  );
  app.use(rejections());

  app.get('/', (request, response) => {
    Reflect.set(request.session, 'visits', Number(Reflect.get(request.session, 'visits') ?? 0) + 1);
    response.json(Reflect.get(request.session, 'visits'));
  });
  const visit = await visitor(app);
  expect(await visit('/')).toBe('1');
  expect(await visit('/')).toBe('2');
});

it('or is replaced', async () => {
  const app = express();
  signedIn(app, memoryStore());
  app.get('/', (_, response) => void response.json(sessionOf(response).user ?? null));
  const visit = await visitor(app);
  expect(await visit('/')).toBe('null');
  await visit('/log-in');
  expect(await visit('/')).toBe('"ann"');
});

it('express-rate-limit with rate-limit-redis', async () => {
  const store = memoryStore();
  const app = express();

  const keyOf = clientKey({ trust: { hops: 1 }, keySecret });

  app.use(rateLimit({ name: 'api', quota: 100, windowMs: 15 * 60_000, key: keyOf, store }));

  app.get('/', (_, response) => void response.end());
  const url = await listening(createServer(app));
  const init = { headers: { 'x-forwarded-for': '192.0.2.7' } };
  expect((await statusesOf(101, url, init)).indexOf(429)).toBe(100);
});

it('rate-limiter-flexible with Redis and an insurance', async () => {
  const store = memoryStore();

  const downloads = sharedRateLimit({ store, name: 'downloads', quota: 10, windowMs: 1_000 });

  const download = async (user: string, megabytes: number): Promise<string> => {
    const taken = await downloads.take({ key: user, cost: megabytes });
    return taken.admitted ? 'here it is' : `again in ${taken.retryAfterMs} ms`;
  };

  expect(await download('ann', 8)).toBe('here it is');
  expect(await download('ann', 8)).toMatch(/^again in \d+(\.\d+)? ms$/);
});
