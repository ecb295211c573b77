import type { Dispatcher } from 'undici';
import { abortError, Controls, type Controller } from './controls.ts';
import { errorOf } from './outcome.ts';
import { hearsSending, SENDING } from './sending.ts';

// Everything that knows undici's handler API stands in this file, `controls.ts`, `sending.ts` and
// `interceptor.ts`: undici declares that API "expected to evolve through semver-major versions".

export type Dispatch = Dispatcher['dispatch'];
export type DispatchOptions = Dispatcher.DispatchOptions;
export type Handler = Dispatcher.DispatchHandler;
export type Fields = Parameters<NonNullable<Handler['onResponseStart']>>[2];
type Socket = Parameters<NonNullable<Handler['onRequestUpgrade']>>[3];

/**
 * One exchange on its way through one policy: the handler for what lies further inside, and the
 * controller for what lies further out. A policy overrides what it wants to know of it.
 *
 * The real handler is started at once, with the exchange as its controller, and not only when a
 * connection is there: so a caller's abort is heard at every stage, also in a queue.
 *
 * Fields here and in every kind of exchange are declared, and assigned in the constructor: with so
 * many kinds, fields that are defined (`#private` ones too) take ten times as long to make.
 */
export class Exchange extends Controls implements Handler {
  declare readonly handler: Handler;
  /** When the whole operation must be over, in monotonic milliseconds: what is known further out. */
  declare deadline: number | undefined;
  /** Whether the real handler hears how the request is sent; few do. */
  declare private readonly hearsSending: boolean;
  // These are there only then: a MockAgent reads a body for whoever would hear of it.
  declare onBodySent?: (chunk: Buffer) => void;
  declare onRequestSent?: () => void;
  declare onResponseStarted?: () => void;

  constructor(handler: Handler) {
    super();
    const outer = handler instanceof Exchange ? handler : undefined;
    this.handler = handler;
    this.deadline = outer?.deadline;
    this.hearsSending = outer === undefined ? hearsSending(handler) : outer.hearsSending;
    if (this.hearsSending) Object.assign(this, SENDING);
  }

  // What a policy may want to know.

  /** The final response has begun, or the upgrade. False: the caller is not to see it. */
  protected answered(_status: number, _headers: Fields): boolean {
    return true;
  }

  /** The response is complete, or the connection has become another protocol's. */
  protected completed(): void {}

  /** The server's side failed. True: a further attempt follows, and the caller is not to hear of it. */
  protected endures(_error: Error): boolean {
    return false;
  }

  /** The exchange ends with this error, whoever brought it about. */
  protected failed(_error: Error): void {}

  /** Body that the caller is not to see; without an argument, the end of it. */
  protected spilled(_bytes?: number): void {}

  /** The request as it has to be sent now, after a wait. */
  refreshed(options: DispatchOptions): DispatchOptions {
    return this.handler instanceof Exchange ? this.handler.refreshed(options) : options;
  }

  // What a policy may do.

  /** Starts the real handler. False: its caller had given up already, and hears so. */
  start(): boolean {
    try {
      this.handler.onRequestStart?.(this, null);
    } catch (error) {
      this.end(errorOf(this.blame(error)));
    }
    return !this.over;
  }

  /** Sends the request on, unless it was given up while it waited. Throws what `dispatch` throws. */
  send(dispatch: Dispatch, options: DispatchOptions): boolean {
    if (this.over) return true;
    try {
      return dispatch(options, this);
    } catch (error) {
      this.close(errorOf(this.blame(error)));
      throw error;
    }
  }

  /** Sends a request that had to wait: what `dispatch` throws reaches the handler, nobody else is there. */
  protected sendLate(send: () => unknown): void {
    try {
      send();
    } catch (error) {
      this.handler.onResponseError?.(this, errorOf(error));
    }
  }

  /** Goes on when a policy has answered; true because the dispatcher is not busy. */
  after<Answer>(answer: Promise<Answer>, send: (answer: Answer) => unknown): true {
    answer.then(
      (answered) => this.sendLate(() => send(answered)),
      (error: unknown) => this.end(errorOf(error)),
    );
    return true;
  }

  /**
   * Ends an exchange of which nothing was sent. In a microtask, because the users of `pipeline` can
   * listen for errors only once `dispatch` has returned; true because the dispatcher is not busy.
   */
  end(error: Error): true {
    if (this.close(error)) queueMicrotask(() => this.handler.onResponseError?.(this, error));
    return true;
  }

  /** Ends the exchange on both sides at once; what still comes from the server is dropped. */
  protected cut(error: Error): void {
    const { inner } = this;
    if (!this.close(error)) return;
    inner?.abort(error);
    this.handler.onResponseError?.(this, error);
  }

  /** Whether it stands in a queue of ours, this one's or one further inside: nothing was sent. */
  get waits(): boolean {
    return this.inner instanceof Exchange && this.inner.waits;
  }

  /** Aborts when the exchange ends; for waits before it is sent. Made when somebody reads it. */
  get signal(): AbortSignal {
    const trouble = this.troubled();
    trouble.waiting ??= new AbortController();
    return trouble.waiting.signal;
  }

  /** Whether the handler further out threw this: no word on the server. */
  protected threw(error: Error): boolean {
    return this.trouble?.thrown === error;
  }

  // The handler.

  onRequestStart(inner: Controller, context: unknown): void {
    // Given up while it waited for a connection.
    if (this.over) return inner.abort(this.trouble?.reason ?? abortError());
    this.inner = inner;
    if (this.trouble?.paused === true) inner.pause(); // before there was anything to pause
    // Without a context (a redirect's history) there is nothing that `start` has not said.
    if (context !== null && context !== undefined) this.restart(context);
  }

  onRequestUpgrade(inner: Controller, status: number, headers: Fields, socket: Socket): void {
    if (this.over) return void socket.destroy();
    this.inner = inner;
    this.answered(status, headers);
    this.completed(); // the later life of the socket is no call
    this.handler.onRequestUpgrade?.(this, status, headers, socket);
    this.over = true;
  }

  onResponseStart(inner: Controller, status: number, headers: Fields, text?: string): void {
    if (this.over) return;
    this.inner = inner;
    // 1xx is no answer yet.
    if (status >= 200 && !this.answered(status, headers)) return this.deafen();
    try {
      this.handler.onResponseStart?.(this, status, headers, text);
    } catch (error) {
      throw this.blame(error);
    }
  }

  onResponseData(_: Controller, chunk: Buffer): void {
    if (this.over) return this.spilled(chunk.length);
    try {
      this.handler.onResponseData?.(this, chunk);
    } catch (error) {
      throw this.blame(error);
    }
  }

  onResponseEnd(_: Controller, trailers: Fields): void {
    if (this.over) return this.spilled();
    this.completed();
    this.handler.onResponseEnd?.(this, trailers);
    this.over = true;
  }

  onResponseError(_: Controller | null, error: Error): void {
    if (this.over) return this.spilled();
    if (!this.aborted && !this.threw(error) && this.endures(error)) return this.deafen();
    this.failed(error);
    this.over = true;
    this.handler.onResponseError?.(this, error);
  }

  /** The controller that the handler is to keep. */
  protected get front(): Controller {
    return this;
  }

  private restart(context: unknown): void {
    try {
      this.handler.onRequestStart?.(this.front, context);
    } catch (error) {
      throw this.blame(error);
    }
  }

  /** Remembers what the handler further out threw. */
  blame(error: unknown): unknown {
    this.troubled().thrown = error;
    return error;
  }

  private deafen(): void {
    this.over = true;
  }

  /** False when it was over already. */
  private close(error: Error): boolean {
    if (this.over) return false;
    this.failed(error);
    this.over = true;
    const trouble = this.troubled();
    trouble.closed = true;
    trouble.reason ??= error;
    trouble.waiting?.abort(error);
    return true;
  }
}
