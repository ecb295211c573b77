import type { Context } from './middleware.ts';

/**
 * The route that a request has matched, as `GET /orders/:id`; empty before a route has matched, as under
 * `app.use`. `@koa/router` and its predecessors tell it so.
 */
export const routeOf = (context: Context): string => {
  const route: unknown = Reflect.get(context, '_matchedRoute');
  if (route === undefined) return '';
  return `${context.method === 'HEAD' ? 'GET' : context.method} ${String(route)}`;
};
