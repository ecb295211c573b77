import { RedisStore as SessionStore } from 'connect-redis';
import express from 'express';
import { rateLimit } from 'express-rate-limit';
import session from 'express-session';
import { RedisStore as LimitStore } from 'rate-limit-redis';
import { createClient } from 'redis';
import { change, CLIENT, LIMIT, SECRET, type Service } from './parts.ts';

const HOUR_MS = 3_600_000;

/** Express with what most people take, set so that it lets requests pass where its store fails. */
export const peerService = async (redisPort: number): Promise<Service> => {
  const client = createClient({ url: `redis://127.0.0.1:${redisPort}` });
  client.on('error', () => undefined);
  await client.connect();
  const app = express();
  app.use(
    rateLimit({
      windowMs: 1_000,
      limit: LIMIT.burst,
      keyGenerator: (request) => request.get(CLIENT) ?? '',
      passOnStoreError: true,
      store: new LimitStore({ sendCommand: (...args) => client.sendCommand(args) }),
    }),
  );
  app.get('/public', (_request, response) => {
    response.send('public');
  });
  app.use(
    session({
      secret: SECRET,
      resave: false,
      saveUninitialized: false,
      cookie: { maxAge: HOUR_MS },
      store: new SessionStore({ client }),
    }),
  );
  app.get('/login', (request, response) => {
    Object.assign(request.session, { user: request.get(CLIENT) });
    response.send('in');
  });
  app.get('/read', (request, response) => {
    response.status('user' in request.session ? 200 : 401).send('read');
  });
  app.get('/change', (request, response) => {
    change(request.session);
    response.send('changed');
  });
  return { listener: app, store: undefined };
};
