import { memoryStore, type Store } from '@holdfast/core/stateless';
import type { Express } from 'express';
import session, { type SessionOptions } from 'express-session';
import { expressSessionStore, rejections, type ExpressSessionStore } from '../../src/index.ts';
import { serve, type Answer } from '../app.ts';

declare module 'express-session' {
  interface SessionData {
    [name: string]: unknown;
  }
}

interface Setup {
  readonly store?: Store;
  readonly options?: Parameters<typeof expressSessionStore>[1];
  readonly session?: Partial<SessionOptions>;
  readonly routes: (app: Express) => unknown;
}

interface Served {
  readonly url: string;
  readonly kept: ExpressSessionStore;
}

/** Serves routes behind a real express-session. */
export const withSessions = async ({
  store = memoryStore(),
  options,
  ...rest
}: Setup): Promise<Served> => {
  const kept = expressSessionStore(store, options);
  const url = await serve((app) => {
    const own = { secret: 'a secret', resave: false, saveUninitialized: false, ...rest.session };
    app.use(session({ ...own, store: kept }));
    rest.routes(app);
    app.use(rejections());
  });
  return { url, kept };
};

export const cookieOf = ({ headers }: Answer): string =>
  headers['set-cookie']?.[0]?.split(';')[0] ?? '';

export const as = (cookie: string): { readonly headers: { readonly cookie: string } } => ({
  headers: { cookie },
});

/** Sets what the query names, and answers with what the session holds. */
export const routes = (app: Express): unknown =>
  app.get('/', (request, response) => {
    for (const [name, value] of Object.entries(request.query)) request.session[name] = value;
    response.json(
      Object.fromEntries(Object.entries(request.session).filter(([name]) => name !== 'cookie')),
    );
  });
