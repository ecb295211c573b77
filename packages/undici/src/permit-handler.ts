import type { Permit } from '@holdfast/core';
import * as undici from 'undici';
import type { Dispatcher } from 'undici';
import { isFailureStatus, isOurFault, isTimeout, statusOfError } from './outcome.ts';
import { retryAfterMs } from './retry-after.ts';

// Everything that knows undici's handler API stands in this file: undici declares that API
// "expected to evolve through semver-major versions".

type Handler = Dispatcher.DispatchHandler;
type Controller = Dispatcher.DispatchController;
type Headers = Parameters<NonNullable<Handler['onResponseStart']>>[2];
type Socket = Parameters<NonNullable<Handler['onRequestUpgrade']>>[3];

/** Passes an exchange on to the real handler and settles the permit when its outcome is known. */
export class PermitHandler implements Handler {
  readonly #handler: Handler;
  readonly #permit: Permit;
  readonly #options: Dispatcher.DispatchOptions;
  #answered = false;

  constructor(handler: Handler, permit: Permit, options: Dispatcher.DispatchOptions) {
    this.#handler = handler;
    this.#permit = permit;
    this.#options = options;
  }

  onRequestStart(controller: Controller, context: unknown): void {
    this.#handler.onRequestStart?.(controller, context);
  }

  onBodySent(chunk: Buffer): void {
    this.#handler.onBodySent?.(chunk);
  }

  onRequestSent(): void {
    this.#handler.onRequestSent?.();
  }

  onResponseStarted(): void {
    this.#handler.onResponseStarted?.();
  }

  onRequestUpgrade(controller: Controller, status: number, headers: Headers, socket: Socket): void {
    this.#onHeaders(status, headers);
    this.#permit.success(); // the later life of the socket is no call
    this.#handler.onRequestUpgrade?.(controller, status, headers, socket);
  }

  onResponseStart(controller: Controller, status: number, headers: Headers, text?: string): void {
    if (status >= 200) this.#onHeaders(status, headers); // 1xx is no answer yet
    this.#handler.onResponseStart?.(controller, status, headers, text);
  }

  onResponseData(controller: Controller, chunk: Buffer): void {
    this.#handler.onResponseData?.(controller, chunk);
  }

  onResponseEnd(controller: Controller, trailers: Headers): void {
    this.#permit.success();
    this.#handler.onResponseEnd?.(controller, trailers);
  }

  onResponseError(controller: Controller | null, error: Error): void {
    this.#settleError(controller, error);
    this.#handler.onResponseError?.(controller ?? DEAD_CONTROLLER, error);
  }

  #onHeaders(status: number, headers: Headers): void {
    this.#answered = !isFailureStatus(status);
    if (!this.#answered) this.#permit.failure(`HTTP ${status}`, retryAfterMs(headers));
    // A probe must not wait for somebody to read the body: nobody may ever do.
    else if (this.#permit.probe) this.#permit.success();
  }

  #settleError(controller: Controller | null, error: Error): void {
    const signal = abortedSignal(this.#options, controller);
    const status = statusOfError(error);
    const ours = signal === undefined ? isOurFault(error) : !isTimeout(signal.reason);
    if (ours) this.#settleOurs();
    else if (status === undefined) this.#permit.reject(error, { signal });
    else if (isFailureStatus(status)) this.#permit.failure(error);
    else this.#permit.success();
  }

  /**
   * This side gave up. Where the server had answered well before, that stands: to ignore it would
   * leave only its failures in the window.
   */
  #settleOurs(): void {
    if (this.#answered) this.#permit.success();
    else this.#permit.ignore();
  }
}

/** The signal by which this side gave the request up, if it did. */
const abortedSignal = (
  options: Dispatcher.DispatchOptions,
  controller: Controller | null,
): AbortSignal | undefined => {
  // The caller's first: once the body has begun, `request` turns its reason into a plain abort.
  const signal = 'signal' in options ? options.signal : undefined;
  if (signal instanceof AbortSignal && signal.aborted) return signal;
  return controller?.aborted === true ? AbortSignal.abort(controller.reason) : undefined;
};

/** Stands in where no connection was ever involved, so that handlers need not expect `null`. */
const DEAD_CONTROLLER: Controller = {
  aborted: false,
  paused: false,
  reason: null,
  abort: () => undefined,
  pause: () => undefined,
  resume: () => undefined,
};

/**
 * Fails a request that was never sent. In a microtask, because the users of `pipeline` can listen
 * for errors only once `dispatch` has returned; true because the dispatcher is not busy.
 */
export const failSoon = (handler: Handler, error: Error): true => {
  queueMicrotask(() => handler.onResponseError?.(DEAD_CONTROLLER, error));
  return true;
};

interface Request {
  readonly options: Dispatcher.DispatchOptions;
  readonly handler: Handler;
}

/**
 * Translates the old handlers that the global fetch of Node 22 and 24 hands to a dispatcher of
 * undici 8. Undici 7 does so itself, and has no wrapper to look up.
 */
export const currentRequest = (options: Dispatcher.DispatchOptions, handler: Handler): Request => {
  if (handler.onRequestStart !== undefined || !('onConnect' in handler)) {
    return { options, handler };
  }
  const wrapper: unknown = Reflect.get(undici, 'Dispatcher1Wrapper');
  const wrapHandler: unknown = typeof wrapper === 'function' && Reflect.get(wrapper, 'wrapHandler');
  if (typeof wrapHandler !== 'function') return { options, handler };
  // The old API knows no HTTP/2.
  return { options: Object.assign({}, options, { allowH2: false }), handler: wrapHandler(handler) };
};
