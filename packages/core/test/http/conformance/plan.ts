import type { Behaviour, Plan } from './rig.ts';

/** What a plan is where a scenario says nothing else. */
const EMPTY: Plan = {
  mount: 'app',
  open: {},
  outer: [],
  guards: [],
  inner: [],
  routes: {},
  innerCatchers: [],
  catchers: [],
};

/** The handler as it is; `remember` hears what it throws. */
const heard = (handler: Behaviour, remember: (error: unknown) => void): Behaviour => {
  const rethrow = (error: unknown): never => {
    remember(error);
    throw error;
  };
  return (exchange) => {
    try {
      const returned = handler(exchange);
      return returned instanceof Promise ? returned.then(undefined, rethrow) : returned;
    } catch (error) {
      return rethrow(error);
    }
  };
};

/** A whole plan of parts of one. Its handlers can be overheard. */
export const planOf = (parts: Partial<Plan>, remember: (error: unknown) => void): Plan => {
  const plan = { ...EMPTY, ...parts };
  const routes = Object.entries(plan.routes).map(
    ([path, handler]) => [path, heard(handler, remember)] as const,
  );
  return {
    ...plan,
    open: { '/ping': ({ text }) => text('pong'), ...plan.open },
    routes: Object.fromEntries(routes),
  };
};
