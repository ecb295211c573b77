import type { Dispatcher } from 'undici';
import type { Operation } from '../../harness/suite.ts';

export type Dispatch = Dispatcher['dispatch'];
export type Interceptor = Dispatcher.DispatcherComposeInterceptor;
type Handler = Dispatcher.DispatchHandler;
type Controller = Dispatcher.DispatchController;

const OK = 200;
const HEADERS = { 'content-type': 'application/json' };
const TRAILERS = {};
const BODY = Buffer.from('{"id":1}');

const controller: Controller = {
  aborted: false,
  paused: false,
  reason: null,
  rawHeaders: null,
  rawTrailers: null,
  pause: () => undefined,
  resume: () => undefined,
  abort: () => undefined,
};

/** The whole answer at once. */
const answer = (handler: Handler): void => {
  handler.onResponseStart?.(controller, OK, HEADERS, 'OK');
  handler.onResponseData?.(controller, BODY);
  handler.onResponseEnd?.(controller, TRAILERS);
};

/** Answers before it returns. */
const noOp: Dispatch = (_, handler) => {
  handler.onRequestStart?.(controller, null);
  answer(handler);
  return true;
};

/** The caller's end of an exchange. */
class Caller implements Handler {
  status = 0;
  bytes = 0;
  ended = false;
  error: Error | undefined = undefined;

  // Empty as a reader's is who keeps no controller, but there: without it the handler would be an old one.
  onRequestStart(): void {}

  onResponseStart(_: Controller, status: number): void {
    this.status = status;
  }

  onResponseData(_: Controller, chunk: Buffer): void {
    this.bytes += chunk.length;
  }

  onResponseEnd(): void {
    this.ended = true;
  }

  onResponseError(_: Controller | null, error: Error): void {
    this.error = error;
  }
}

const request = (origin: string): Dispatcher.DispatchOptions => ({
  origin,
  path: '/orders/1',
  method: 'GET',
  headers: { accept: 'application/json' },
});

/** The dispatcher behind the interceptors, the innermost first, as `compose` wraps it. */
const composed = (innermost: Dispatch, interceptors: readonly Interceptor[]): Dispatch =>
  interceptors.reduce((dispatch, intercept) => intercept(dispatch), innermost);

const ORIGIN = 'http://orders.example';

/** One request to each origin in turn, answered at once. */
export const requestsThrough = (
  interceptors: readonly Interceptor[],
  origins: readonly string[] = [ORIGIN],
): Operation => {
  const dispatch = composed(noOp, interceptors);
  const requests = origins.map(request);
  let at = 0;
  return () => {
    const caller = new Caller();
    const current = requests[at];
    at = at + 1 < requests.length ? at + 1 : 0;
    if (current !== undefined) dispatch(current, caller);
    return caller;
  };
};

/** Requests through interceptors that hang until they are answered, the newest first. */
export class HeldRequests {
  readonly #callers: Caller[] = [];
  readonly #handlers: Handler[] = [];
  readonly #dispatch: Dispatch;
  readonly #request = request(ORIGIN);

  constructor(interceptors: readonly Interceptor[]) {
    const hold: Dispatch = (_, handler) => {
      handler.onRequestStart?.(controller, null);
      this.#handlers.push(handler);
      return true;
    };
    this.#dispatch = composed(hold, interceptors);
  }

  /** How many were started and not answered. */
  get size(): number {
    return this.#callers.length;
  }

  start(count: number): void {
    for (let i = 0; i < count; i++) {
      const caller = new Caller();
      this.#callers.push(caller);
      this.#dispatch(this.#request, caller);
    }
  }

  end(count: number): void {
    for (const handler of this.#handlers.splice(-count).toReversed()) answer(handler);
    // One that was refused would pass for a fast one.
    if (!this.#callers.splice(-count).every(answered)) throw new Error('some got no answer');
  }
}

/** Whether the whole answer had arrived when `dispatch` returned. */
export const answered = (outcome: unknown): boolean =>
  outcome instanceof Caller &&
  outcome.status === OK &&
  outcome.bytes === BODY.length &&
  outcome.ended &&
  outcome.error === undefined;
