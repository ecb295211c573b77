import Koa, { type Middleware } from 'koa';
import { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { answer, arrive, end, ROUTE, UnsentResponse } from './exchange.ts';
import type { Framework } from './framework.ts';

const app = new Koa();

type Context = ReturnType<typeof app.createContext>;

interface Pair {
  readonly context: Context;
  readonly response: UnsentResponse;
}

const begin = (socket: Socket): Pair => {
  const request = new IncomingMessage(socket);
  arrive(request);
  const response = new UnsentResponse(request);
  const context = app.createContext(request, response);
  context['_matchedRoute'] = ROUTE;
  return { context, response };
};

const handle = async (response: UnsentResponse): Promise<void> => answer(response);

const callBare = async ({ response }: Pair): Promise<void> => {
  await handle(response);
  end(response);
};

/** Koa ends the response as the promise of the chain fulfils. */
const call = async (middleware: Middleware, { context, response }: Pair): Promise<void> => {
  await middleware(context, () => handle(response));
  end(response);
};

const chain = ([first, ...rest]: readonly Middleware[]): Middleware => {
  if (first === undefined) return (_context, next) => next();
  if (rest.length === 0) return first;
  const others = chain(rest);
  return (context, next) => first(context, () => Promise.resolve(others(context, next)));
};

/** Middleware as Koa 3 calls it. */
export const onKoa: Framework<Middleware> = {
  name: 'Koa',
  bare: (nextSocket) => () => callBare(begin(nextSocket())),
  through: (middleware, nextSocket) => () => call(middleware, begin(nextSocket())),
  chain,
};
