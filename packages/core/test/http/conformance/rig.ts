import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { Readable } from 'node:stream';
import type { Inbound } from '../../../src/http/inbound/types.ts';

/** Where the guards of a plan stand. */
export type Mount = 'app' | 'router' | 'route' | 'nested-router' | 'sub-app';

/** What the paths of the routes begin with. */
export const PREFIXES: Readonly<Record<Mount, string>> = {
  app: '',
  router: '',
  route: '',
  'nested-router': '/nested',
  'sub-app': '/sub',
};

/** A middleware of the framework, opaque here. */
export type Layer = object;

/** One request and its answer, in words that both frameworks know. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** What the adapter tells a handler. */
  inbound(): Inbound;
  /** These four answer as users of the framework do: `res.json()`, `ctx.body = …`. */
  text(body: string, status?: number): void;
  json(body: object, status?: number): void;
  /** No body: for statuses that have none. */
  empty(status: number): void;
  stream(source: Readable): unknown;
  header(name: string, value: string): void;
  /** The plain response: from here on the handler answers by Node's own means. */
  raw(): ServerResponse;
}

/** A handler of a route. What it returns is awaited by the framework. */
export type Behaviour = (exchange: Exchange) => unknown;

/** An app in neutral parts. */
export interface Plan {
  readonly mount: Mount;
  /** Routes on the app that no guard sees; `/ping` is always one. */
  readonly open: Readonly<Record<string, Behaviour>>;
  /** On the app, in front of the guards. */
  readonly outer: readonly Layer[];
  readonly guards: readonly Layer[];
  /** Behind the guards, in front of every handler. */
  readonly inner: readonly Layer[];
  /** Path (a template) to handler, for any method. */
  readonly routes: Readonly<Record<string, Behaviour>>;
  /** Handle errors nearer to the handlers than the guards are. */
  readonly innerCatchers: readonly Layer[];
  /** Handle errors that have passed the guards. */
  readonly catchers: readonly Layer[];
}

/** The guards of an adapter. Options are the spec's; functions in them get the framework's subject. */
export interface Pieces {
  breaker(options?: object): Layer;
  timeout(options: object): Layer;
  deadline(options?: object): Layer;
  bulkhead(options: object): Layer;
  rateLimit(options: object): Layer;
  guard(options: object): Layer;
  rejections(): Layer;
}

/** A framework and its adapter. */
export interface Rig {
  readonly name: 'express' | 'koa';
  readonly pieces: Pieces;
  /** Builds the app; `onError` hears what reached the framework's own last handler. */
  build(plan: Plan, onError: (error: unknown) => void): RequestListener;
  /** The request among what functions in options get. */
  requestOf(subject: readonly unknown[]): IncomingMessage;
  /** A middleware that runs `hook`, then goes on. */
  onEntry(hook: (exchange: Exchange) => void): Layer;
  /** A middleware that goes on, and runs `hook` once that has returned: in Express at once. */
  onReturn(hook: () => void): Layer;
  /** A middleware that reads all of the body, then goes on. */
  readsBody(): Layer;
  /** A middleware that goes on twice. */
  nextTwice(): Layer;
  /** Error handling that answers with `status` and the error's message. */
  answersErrors(status: number): Layer;
}
