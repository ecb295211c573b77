import { rateLimit, rejections, session, sessionOf } from '@holdfast/express';
import { fromNodeRedis, redisStore } from '@holdfast/redis';
import express from 'express';
import { createClient } from 'redis';
import { change, CLIENT, LIMIT, pauseMs, SECRET, SESSION, type Service } from './parts.ts';

/** Express on node-redis. */
export const expressService = async (redisPort: number): Promise<Service> => {
  const client = createClient({
    url: `redis://127.0.0.1:${redisPort}`,
    socket: { reconnectStrategy: pauseMs },
  });
  client.on('error', () => undefined);
  await client.connect();
  const store = redisStore({ driver: fromNodeRedis(client), keySecret: SECRET });
  const app = express();
  app.use(rateLimit({ ...LIMIT, key: (request) => request.get(CLIENT) ?? '', store }));
  app.get('/public', (_request, response) => {
    response.send('public');
  });
  app.use(session({ ...SESSION, store }));
  app.get('/login', (request, response, next) => {
    const login = sessionOf(response).login(request.get(CLIENT) ?? '');
    login.then(() => response.send('in'), next);
  });
  app.get('/read', (_request, response) => {
    response.status(sessionOf(response).user === undefined ? 401 : 200).send('read');
  });
  app.get('/change', (_request, response) => {
    change(sessionOf(response).data);
    response.send('changed');
  });
  app.use(rejections());
  return { listener: app, store };
};
