import type { Request } from 'express';

/** Express makes one for each route, at the start: there are as many as an app has, not as many as URLs. */
const routes = new WeakMap<object, string>();
let count = 0;

/**
 * The route that a request has matched, as `GET /orders/:id`; empty before a route has matched, as under
 * `app.use`. Routes of two routers with the same path are told apart.
 */
export const routeOf = ({ route, method }: Request): string => {
  if (typeof route !== 'object' || route === null) return '';
  let label = routes.get(route);
  if (label === undefined) {
    label = `${String(Reflect.get(route, 'path'))} #${++count}`;
    routes.set(route, label);
  }
  // Express has HEAD answered by the handlers of GET.
  return `${method === 'HEAD' ? 'GET' : method} ${label}`;
};
