import * as undici from 'undici';
import type { Dispatcher } from 'undici';

// Everything that knows undici's handler API stands in this file: undici declares that API
// "expected to evolve through semver-major versions".

export type Interceptor = Dispatcher.DispatcherComposeInterceptor;
export type Dispatch = Dispatcher['dispatch'];
export type DispatchOptions = Dispatcher.DispatchOptions;
export type Handler = Dispatcher.DispatchHandler;
export type ResponseFields = Parameters<NonNullable<Handler['onResponseStart']>>[2];
type Controller = Dispatcher.DispatchController;
type RawFields = NonNullable<Controller['rawHeaders']> | null;
type Socket = Parameters<NonNullable<Handler['onRequestUpgrade']>>[3];

const abortError = (): Error => new undici.errors.RequestAbortedError();

/** What was thrown, as undici's handlers take it. */
export const errorOf = (thrown: unknown): Error =>
  thrown instanceof Error ? thrown : new Error(String(thrown));

/**
 * One exchange on its way through one policy: the handler for what lies further inside, and the
 * controller for what lies further out. A policy overrides what it wants to know of it.
 *
 * The real handler is started at once, with the exchange as its controller, and not only when a
 * connection is there: so a caller's abort is heard at every stage, also in a queue.
 */
export class Exchange implements Handler, Controller {
  /** When the whole operation must be over, in monotonic milliseconds: that of the exchange outside. */
  deadline: number | undefined;
  /** Body has come since somebody last set this to false. */
  protected flowed = false;
  readonly #handler: Handler;
  /** The controller of what lies further inside, once it has begun. */
  #inner: Controller | undefined = undefined;
  #over = false;
  #aborted = false;
  #reason: Error | null = null;
  /** What the handler further out threw. */
  #thrown: unknown = undefined;
  #waiting: AbortController | undefined = undefined;

  constructor(handler: Handler) {
    this.#handler = handler;
    // Nothing is known of it where somebody else's handler stands between.
    this.deadline = handler instanceof Exchange ? handler.deadline : undefined;
  }

  // What a policy may want to know.

  /** The final response has begun, or the upgrade. False: the caller is not to see it. */
  protected answered(_status: number, _headers: ResponseFields): boolean {
    return true;
  }

  /** The response is complete, or the connection has become another protocol's. */
  protected completed(): void {}

  /** The server's side failed. False: the caller is not to hear of it. */
  protected endures(_error: Error): boolean {
    return false;
  }

  /** The exchange ends with this error, whoever brought it about. */
  protected failed(_error: Error): void {}

  /** Body that the caller is not to see; without an argument, the end of it. */
  protected spilled(_bytes?: number): void {}

  /** The request as it has to be sent now, after a wait. */
  refreshed(options: DispatchOptions): DispatchOptions {
    return this.#handler instanceof Exchange ? this.#handler.refreshed(options) : options;
  }

  // What a policy may do.

  /** Starts the real handler. False: its caller had given up already, and hears so. */
  start(): boolean {
    try {
      this.#handler.onRequestStart?.(this, null);
    } catch (error) {
      this.#thrown = error;
      this.end(errorOf(error));
    }
    return !this.#over;
  }

  /** Sends the request on, unless it was given up while it waited. Throws what `dispatch` throws. */
  send(dispatch: Dispatch, options: DispatchOptions): boolean {
    if (this.#over) return true;
    try {
      return dispatch(options, this);
    } catch (error) {
      this.#thrown = error;
      this.#close(errorOf(error));
      throw error;
    }
  }

  /** Sends a request that had to wait: what `dispatch` throws reaches the handler, nobody else is there. */
  protected sendLate(send: () => unknown): void {
    try {
      send();
    } catch (error) {
      this.#handler.onResponseError?.(this, errorOf(error));
    }
  }

  /** Goes on when a policy has answered; true because the dispatcher is not busy. */
  after<Answer>(answer: Promise<Answer>, send: (answer: Answer) => unknown): true {
    answer.then(
      (given) => this.sendLate(() => send(given)),
      (error: unknown) => this.end(errorOf(error)),
    );
    return true;
  }

  /**
   * Ends an exchange of which nothing was sent. In a microtask, because the users of `pipeline` can
   * listen for errors only once `dispatch` has returned; true because the dispatcher is not busy.
   */
  end(error: Error): true {
    if (this.#close(error)) queueMicrotask(() => this.#handler.onResponseError?.(this, error));
    return true;
  }

  /** Ends the exchange on both sides at once; what still comes from the server is dropped. */
  protected cut(error: Error): void {
    const inner = this.#inner;
    if (!this.#close(error)) return;
    inner?.abort(error);
    this.#handler.onResponseError?.(this, error);
  }

  /** Stops the server's side of an exchange whose caller hears no more of it. */
  protected discard(): void {
    this.#inner?.abort(abortError());
  }

  /** Aborts when the exchange ends; for waits before it is sent. Made when somebody reads it. */
  get signal(): AbortSignal {
    this.#waiting ??= new AbortController();
    return this.#waiting.signal;
  }

  protected get handler(): Handler {
    return this.#handler;
  }

  /** Nothing more reaches the handler further out. */
  get over(): boolean {
    return this.#over;
  }

  /** Whether the handler further out threw this: no word on the server. */
  protected threw(error: Error): boolean {
    return this.#thrown !== undefined && this.#thrown === error;
  }

  // The controller.

  get aborted(): boolean {
    return this.#aborted || this.#inner?.aborted === true;
  }

  get reason(): Error | null {
    return this.#aborted ? this.#reason : (this.#inner?.reason ?? null);
  }

  get paused(): boolean {
    return this.#inner?.paused ?? false;
  }

  get rawHeaders(): RawFields {
    return this.#inner?.rawHeaders ?? null;
  }

  get rawTrailers(): RawFields {
    return this.#inner?.rawTrailers ?? null;
  }

  pause(): void {
    this.#inner?.pause();
  }

  resume(): void {
    this.#inner?.resume();
  }

  abort(reason?: Error): void {
    if (this.#over || this.#aborted) return;
    this.#aborted = true;
    this.#reason = reason ?? abortError();
    if (this.#inner === undefined) this.end(this.#reason);
    else this.#inner.abort(this.#reason);
  }

  // The handler.

  onRequestStart(inner: Controller, context: unknown): void {
    // Given up while it waited for a connection.
    if (this.#over) return inner.abort(this.#reason ?? abortError());
    this.#inner = inner;
    // Without a context (a redirect's history) there is nothing that `start` has not said.
    if (context !== null && context !== undefined) this.#handler.onRequestStart?.(this, context);
  }

  onBodySent(chunk: Buffer): void {
    if (!this.#over) this.#handler.onBodySent?.(chunk);
  }

  onRequestSent(): void {
    if (!this.#over) this.#handler.onRequestSent?.();
  }

  onResponseStarted(): void {
    if (!this.#over) this.#handler.onResponseStarted?.();
  }

  onRequestUpgrade(inner: Controller, status: number, headers: ResponseFields, socket: Socket): void {
    if (this.#over) {
      socket.destroy();
      return;
    }
    this.#inner = inner;
    this.answered(status, headers);
    this.completed(); // the later life of the socket is no call
    this.#handler.onRequestUpgrade?.(this, status, headers, socket);
    this.#over = true;
  }

  onResponseStart(inner: Controller, status: number, headers: ResponseFields, text?: string): void {
    if (this.#over) return;
    this.#inner = inner;
    // 1xx is no answer yet.
    if (status >= 200 && !this.answered(status, headers)) {
      this.#over = true;
      return;
    }
    try {
      this.#handler.onResponseStart?.(this, status, headers, text);
    } catch (error) {
      this.#thrown = error;
      throw error;
    }
  }

  onResponseData(_: Controller, chunk: Buffer): void {
    if (this.#over) return this.spilled(chunk.length);
    this.flowed = true;
    try {
      this.#handler.onResponseData?.(this, chunk);
    } catch (error) {
      this.#thrown = error;
      throw error;
    }
  }

  onResponseEnd(_: Controller, trailers: ResponseFields): void {
    if (this.#over) return this.spilled();
    this.completed();
    this.#handler.onResponseEnd?.(this, trailers);
    this.#over = true;
  }

  onResponseError(_: Controller | null, error: Error): void {
    if (this.#over) return this.spilled();
    if (!this.aborted && this.endures(error)) {
      this.#over = true;
      return;
    }
    this.failed(error);
    this.#over = true;
    this.#handler.onResponseError?.(this, error);
  }

  /** False when it was over already. */
  #close(error: Error): boolean {
    if (this.#over) return false;
    this.failed(error);
    this.#over = true;
    this.#inner = undefined;
    this.#reason ??= error;
    this.#waiting?.abort(error);
    return true;
  }
}

/** What an interceptor makes of one request. */
export type Handle = (dispatch: Dispatch, options: DispatchOptions, handler: Handler) => boolean;

/**
 * An interceptor of one policy. Translates the old handlers that the global fetch of Node 22 and 24
 * hands to a dispatcher of undici 8 (undici 7 does so itself, and has no wrapper to look up).
 */
export const interceptor =
  (handle: Handle): Interceptor =>
  (dispatch) =>
  (options, handler) => {
    if (handler.onRequestStart !== undefined) return handle(dispatch, options, handler);
    const current = 'onConnect' in handler ? wrapOldHandler(handler) : undefined;
    // No handler at all is undici's to reject.
    if (current === undefined) return dispatch(options, handler);
    // The old API knows no HTTP/2.
    return handle(dispatch, Object.assign({}, options, { allowH2: false }), current);
  };

const wrapOldHandler = (handler: Handler): Handler | undefined => {
  const wrapper: unknown = Reflect.get(undici, 'Dispatcher1Wrapper');
  const wrapHandler: unknown = typeof wrapper === 'function' && Reflect.get(wrapper, 'wrapHandler');
  return typeof wrapHandler === 'function' ? wrapHandler(handler) : undefined;
};
