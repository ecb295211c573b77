import { rateLimit, rejections, session, sessionOf } from '@holdfast/koa';
import { fromIoredis, redisStore } from '@holdfast/redis';
import { Redis } from 'ioredis';
import Koa, { type Context, type Middleware } from 'koa';
import { change, CLIENT, LIMIT, pauseMs, SECRET, SESSION, type Service } from './parts.ts';

const answer = async (context: Context): Promise<void> => {
  const own = sessionOf(context);
  if (context.path === '/login') await own.login(context.get(CLIENT));
  if (context.path === '/change') change(own.data);
  context.status = own.user === undefined ? 401 : 200;
  context.body = context.path;
};

const answerPublic: Middleware = async (context, next) => {
  if (context.path === '/public') context.body = 'public';
  else await next();
};

/** Koa on ioredis. */
export const koaService = async (redisPort: number): Promise<Service> => {
  const client = new Redis(redisPort, '127.0.0.1', { retryStrategy: pauseMs });
  client.on('error', () => undefined);
  await client.ping();
  const store = redisStore({ driver: fromIoredis(client), keySecret: SECRET });
  const app = new Koa();
  app.silent = true;
  app.use(rejections());
  app.use(rateLimit({ ...LIMIT, key: (context) => context.get(CLIENT), store }));
  app.use(answerPublic);
  app.use(session({ ...SESSION, store }));
  app.use(answer);
  const callback = app.callback();
  return { listener: (request, response) => void callback(request, response), store };
};
