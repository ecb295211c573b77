import { guard as guardExpress, rateLimit as limitExpress } from '@holdfast/express';
import { guard as guardKoa, rateLimit as limitKoa } from '@holdfast/koa';
import express, { type RequestHandler } from 'express';
import Koa, { type Middleware } from 'koa';
import type { RequestListener } from 'node:http';
import type { Side } from '../../../harness/suite.ts';
import { PARTS } from '../limits.ts';
import { expressRateLimit, koaRateLimit } from '../peers.ts';

const ORDER = { id: 1, state: 'paid', total: 4_200 };

/** A small API behind one guard. */
export interface App {
  readonly name: string;
  readonly side: Side;
  readonly listener: () => RequestListener;
}

const expressApp = (guards: readonly RequestHandler[]): RequestListener => {
  const app = express();
  for (const guard of guards) app.use(guard);
  app.get('/orders/:id', (_request, response) => {
    response.json(ORDER);
  });
  return app;
};

const koaApp = (guards: readonly Middleware[]): RequestListener => {
  const app = new Koa();
  for (const guard of guards) app.use(guard);
  app.use((context) => {
    if (context.path.startsWith('/orders/')) context.body = ORDER;
  });
  const callback = app.callback();
  return (request, response) => void callback(request, response);
};

const onExpress = (name: string, side: Side, make: () => readonly RequestHandler[]): App => ({
  name,
  side,
  listener: () => expressApp(make()),
});

const onKoa = (name: string, side: Side, make: () => readonly Middleware[]): App => ({
  name,
  side,
  listener: () => koaApp(make()),
});

/** The bare app of a framework and those beside it. */
export interface Family {
  readonly framework: string;
  readonly bare: App;
  readonly apps: readonly App[];
}

export const families: readonly Family[] = [
  {
    framework: 'Express',
    bare: onExpress('bare express', 'bare', () => []),
    apps: [
      onExpress('express, Holdfast guard', 'holdfast', () => [guardExpress(PARTS)]),
      onExpress('express, Holdfast rateLimit', 'holdfast', () => [limitExpress(PARTS.rateLimit)]),
      onExpress('express, express-rate-limit', 'peer', () => [expressRateLimit('draft-8')]),
    ],
  },
  {
    framework: 'Koa',
    bare: onKoa('bare koa', 'bare', () => []),
    apps: [
      onKoa('koa, Holdfast guard', 'holdfast', () => [guardKoa(PARTS)]),
      onKoa('koa, Holdfast rateLimit', 'holdfast', () => [limitKoa(PARTS.rateLimit)]),
      onKoa('koa, koa-ratelimit', 'peer', () => [koaRateLimit(false)]),
    ],
  },
];

const isNamed =
  (name: string) =>
  (app: App): boolean =>
    app.name === name;

/** The app with this name. */
export const appNamed = (name: string): App => {
  const app = families.flatMap(({ bare, apps }) => [bare, ...apps]).find(isNamed(name));
  if (app === undefined) throw new Error(`no app ${name}`);
  return app;
};
