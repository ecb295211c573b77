import type { Request } from 'express';

/** Express makes one for each route, at the start: there are as many as an app has, not as many as URLs. */
const labels = new WeakMap<object, string>();
/** How many routes have the same path, as those of two routers may. */
const known = new Map<string, number>();

const newLabel = (path: string): string => {
  const count = (known.get(path) ?? 0) + 1;
  known.set(path, count);
  return count === 1 ? path : `${path} #${count}`;
};

/**
 * The route that a request has matched, as `GET /orders/:id`; empty before a route has matched, as under
 * `app.use`. Routes of two routers with the same path are told apart.
 */
export const routeOf = ({ route, method }: Request): string => {
  if (typeof route !== 'object' || route === null) return '';
  let label = labels.get(route);
  if (label === undefined) {
    label = newLabel(String(Reflect.get(route, 'path')));
    labels.set(route, label);
  }
  // Express has HEAD answered by the handlers of GET.
  return `${method === 'HEAD' ? 'GET' : method} ${label}`;
};
