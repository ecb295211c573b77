import type { ServerResponse } from 'node:http';
import type { Middleware } from 'koa';
import { sessionSuite } from '../../../core/test/http/session-suite/suite.ts';
import { session, sessionOf } from '../../src/index.ts';
import { koaRig } from '../conformance/rig.ts';

type Context = Parameters<typeof sessionOf>[0];

/** Handlers of the suite know the response alone. */
const contexts = new WeakMap<ServerResponse, Context>();

sessionSuite({
  rig: koaRig,
  session: (options) => {
    const layer = session(options as Parameters<typeof session>[0]) as Middleware;
    const remembering: Middleware = (context, next) => {
      contexts.set(context.res, context);
      return layer(context, next);
    };
    return remembering;
  },
  sessionOf: ({ response }) => {
    const context = contexts.get(response);
    if (context === undefined) return sessionOf({ res: response } as Context);
    const found = sessionOf(context);
    if (context.state !== undefined && Reflect.get(context.state, 'session') !== found)
      throw new Error('ctx.state.session is another one');
    return found;
  },
});
