import type { IncomingMessage, RequestListener } from 'node:http';
import { pipeline } from 'node:stream/promises';
import express, {
  Router,
  type ErrorRequestHandler,
  type IRouter,
  type Request,
  type RequestHandler,
  type Response,
} from 'express';
import {
  PREFIXES,
  type Exchange,
  type Layer,
  type Plan,
  type Rig,
} from '../../../core/test/http/conformance/rig.ts';
import * as adapter from '../../src/index.ts';

const exchangeOf = (request: Request, response: Response): Exchange => ({
  request,
  response,
  inbound: () => adapter.inbound(response),
  text: (body, status = 200) => void response.status(status).type('text/plain').send(body),
  json: (body, status = 200) => void response.status(status).json(body),
  empty: (status) => void response.status(status).end(),
  stream: (source) => pipeline(source, response),
  header: (name, value) => void response.set(name, value),
  raw: () => response,
});

const handlers = (layers: readonly Layer[]): RequestHandler[] => layers as RequestHandler[];

const use = (router: IRouter, layers: readonly Layer[]): void => {
  for (const layer of handlers(layers)) router.use(layer);
};

const routesOn = (
  router: IRouter,
  { routes, inner, innerCatchers }: Plan,
  guards: readonly Layer[],
): void => {
  for (const [path, behaviour] of Object.entries(routes)) {
    const handler: RequestHandler = (request, response) => behaviour(exchangeOf(request, response));
    router.all(path, ...handlers([...guards, ...inner]), handler);
  }
  use(router, innerCatchers);
};

/** Puts the guards and routes where the plan has them. */
const mount = (app: IRouter, plan: Plan): void => {
  if (plan.mount === 'app') {
    use(app, plan.guards);
    return routesOn(app, plan, []);
  }
  if (plan.mount === 'route') return routesOn(app, plan, plan.guards);
  const router = plan.mount === 'sub-app' ? express().set('env', 'test') : Router();
  use(router, plan.guards);
  routesOn(router, plan, []);
  app.use(PREFIXES[plan.mount], router);
};

const build = (plan: Plan, onError: (error: unknown) => void): RequestListener => {
  const app = express().set('env', 'test'); // the final handler then prints nothing
  for (const [path, behaviour] of Object.entries(plan.open))
    app.all(path, (request, response) => behaviour(exchangeOf(request, response)));
  use(app, plan.outer);
  mount(app, plan);
  use(app, plan.catchers);
  const hear: ErrorRequestHandler = (error, _request, _response, next) => {
    onError(error);
    next(error);
  };
  app.use(hear);
  return app;
};

const onEntry =
  (hook: (exchange: Exchange) => void): RequestHandler =>
  (request, response, next) => {
    hook(exchangeOf(request, response));
    next();
  };

const answersErrors =
  (status: number): ErrorRequestHandler =>
  (error, _request, response, next) => {
    if (response.headersSent) next(error);
    else response.status(status).json({ error: String(error) });
  };

export const expressRig: Rig = {
  name: 'express',
  pieces: adapter,
  build,
  requestOf: ([request]) => request as IncomingMessage,
  onEntry,
  onReturn: (hook) => (_request: Request, _response: Response, next: () => void) => {
    next();
    hook();
  },
  readsBody: () => async (request: Request, _response: Response, next: () => void) => {
    for await (const _ of request);
    next();
  },
  nextTwice: () => (_request: Request, _response: Response, next: () => void) => {
    next();
    next();
  },
  answersErrors,
};
