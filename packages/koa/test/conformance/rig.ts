import type { RequestListener } from 'node:http';
import { Router, type RouterMiddleware } from '@koa/router';
import Koa, { type Context, type Middleware } from 'koa';
import {
  PREFIXES,
  type Exchange,
  type Layer,
  type Plan,
  type Rig,
} from '../../../core/test/http/conformance/rig.ts';
import * as adapter from '../../src/index.ts';

const exchangeOf = (context: Context): Exchange => ({
  request: context.req,
  response: context.res,
  inbound: () => adapter.inbound(context),
  text: (body, status = 200) => {
    context.status = status;
    context.type = 'text/plain';
    context.body = body;
  },
  json: (body, status = 200) => {
    context.status = status;
    context.body = body;
  },
  empty: (status) => {
    context.status = status;
  },
  stream: (source) => {
    context.body = source;
  },
  header: (name, value) => context.set(name, value),
  raw: () => {
    context.respond = false;
    context.res.statusCode = 200; // Koa begins with 404
    return context.res;
  },
});

const middlewares = (layers: readonly Layer[]): Middleware[] => layers as Middleware[];

const use = (app: Koa, layers: readonly Layer[]): void => {
  for (const layer of middlewares(layers)) app.use(layer);
};

const routerOf = (plan: Plan, ofRouter: readonly Layer[], ofRoute: readonly Layer[]): Router => {
  const router = new Router();
  for (const layer of ofRouter) router.use(layer as RouterMiddleware);
  const inner = [...ofRoute, ...plan.innerCatchers, ...plan.inner] as RouterMiddleware[];
  for (const [path, behaviour] of Object.entries(plan.routes))
    router.all(path, ...inner, (context) => behaviour(exchangeOf(context as Context)) as void);
  return router;
};

/** All middlewares of an app in one. Its types do not tell of `compose`. */
const composed = (app: Koa): Middleware => {
  const compose = Reflect.get(app, 'compose') as (middlewares: readonly Middleware[]) => Middleware;
  return compose(app.middleware as Middleware[]);
};

/** What `koa-mount` does: the middlewares of another app under a path. */
const mounted =
  (prefix: string, app: Koa): Middleware =>
  async (context, next) => {
    const { path } = context;
    if (!path.startsWith(prefix)) return next();
    context.path = path.slice(prefix.length);
    await composed(app)(context, async () => {
      context.path = path;
      await next();
      context.path = path.slice(prefix.length);
    });
    context.path = path;
  };

const nested = (plan: Plan): Middleware => {
  const parent = new Router();
  parent.use(PREFIXES['nested-router'], routerOf(plan, plan.guards, []).routes());
  return parent.routes() as unknown as Middleware;
};

const subApp = (plan: Plan): Middleware => {
  const app = new Koa();
  use(app, plan.guards);
  app.use(routerOf(plan, [], []).routes());
  return mounted(PREFIXES['sub-app'], app);
};

/** Puts the guards and routes where the plan has them. */
const mount = (app: Koa, plan: Plan): void => {
  switch (plan.mount) {
    case 'app':
      use(app, plan.guards);
      app.use(routerOf(plan, [], []).routes());
      break;
    case 'router':
      app.use(routerOf(plan, plan.guards, []).routes());
      break;
    case 'route':
      app.use(routerOf(plan, [], plan.guards).routes());
      break;
    case 'nested-router':
      app.use(nested(plan));
      break;
    case 'sub-app':
      app.use(subApp(plan));
      break;
  }
};

const build = (plan: Plan, onError: (error: unknown) => void): RequestListener => {
  const app = new Koa();
  app.on('error', onError);
  app.use((context, next) => {
    const behaviour = plan.open[context.path];
    return behaviour === undefined ? next() : behaviour(exchangeOf(context));
  });
  use(app, plan.catchers);
  use(app, plan.outer);
  mount(app, plan);
  const handle = app.callback();
  return (request, response) => void handle(request, response);
};

const answersErrors =
  (status: number): Middleware =>
  async (context, next) => {
    try {
      await next();
    } catch (error) {
      if (context.headerSent) throw error;
      context.status = status;
      context.body = { error: String(error) };
    }
  };

export const koaRig: Rig = {
  name: 'koa',
  pieces: adapter,
  build,
  requestOf: ([context]) => (context as Context).req,
  onEntry:
    (hook): Middleware =>
    (context, next) => {
      hook(exchangeOf(context));
      return next();
    },
  onReturn:
    (hook): Middleware =>
    async (_context, next) => {
      await next();
      hook();
    },
  readsBody: (): Middleware => async (context, next) => {
    for await (const _ of context.req);
    await next();
  },
  nextTwice: (): Middleware => async (_context, next) => {
    await next();
    await next();
  },
  answersErrors,
};
