import express, {
  type NextFunction,
  type Request,
  type RequestHandler,
  type Response,
} from 'express';
import { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { answer, arrive, end, ROUTE, tellEnd, UnsentResponse } from './exchange.ts';
import type { Framework } from './framework.ts';

const app = express();
/** One for all its requests, as in an app. */
const route = app.route(ROUTE);

/** Born with the prototype that an app gives the requests it gets. */
class ExpressRequest extends IncomingMessage {
  readonly baseUrl = '';
  readonly originalUrl = '/orders/1';
  readonly params = { id: '1' };
  readonly route = route;
}

class ExpressResponse extends UnsentResponse {}

Object.setPrototypeOf(ExpressRequest.prototype, app.request);
Object.setPrototypeOf(ExpressResponse.prototype, app.response);
tellEnd(ExpressResponse.prototype);

interface Pair {
  readonly request: ExpressRequest;
  readonly response: ExpressResponse;
}

const begin = (socket: Socket): Pair => {
  const request = new ExpressRequest(socket);
  arrive(request);
  return { request, response: new ExpressResponse(request) };
};

const handle = (response: ExpressResponse): void => {
  answer(response);
  end(response);
};

const call = (middleware: RequestHandler, { request, response }: Pair): unknown => {
  const next: NextFunction = (error?: unknown) => {
    if (error === undefined) handle(response);
  };
  // By their prototypes they are; the compiler sees classes only.
  return middleware(request as unknown as Request, response as unknown as Response, next);
};

const chain = ([first, ...rest]: readonly RequestHandler[]): RequestHandler => {
  if (first === undefined) return (_request, _response, next) => next();
  if (rest.length === 0) return first;
  const others = chain(rest);
  return (request, response, next) =>
    first(request, response, (error?: unknown) => {
      if (error === undefined) void others(request, response, next);
      else next(error);
    });
};

/** Middleware as Express 5 calls it. */
export const onExpress: Framework<RequestHandler> = {
  name: 'Express',
  bare: (nextSocket) => () => handle(begin(nextSocket()).response),
  through: (middleware, nextSocket) => () => call(middleware, begin(nextSocket())),
  chain,
};
