import type { Dispatcher } from 'undici';

type Handler = Dispatcher.DispatchHandler;

/** What is asked of an exchange that tells the handler further out. */
interface Telling {
  readonly over: boolean;
  readonly handler: Handler;
  /** Remembers what the handler threw. */
  blame(error: unknown): unknown;
}

/** Whether a handler hears how its request is sent. */
export const hearsSending = (handler: Handler): boolean =>
  'onBodySent' in handler || 'onRequestSent' in handler || 'onResponseStarted' in handler;

/** Tells the handler further out, and remembers what it throws. */
const tell = (exchange: Telling, event: (handler: Handler) => void): void => {
  if (exchange.over) return;
  try {
    event(exchange.handler);
  } catch (error) {
    throw exchange.blame(error);
  }
};

/** The handler's half that tells how a request is sent. */
export const SENDING = {
  onBodySent(this: Telling, chunk: Buffer): void {
    tell(this, (handler) => handler.onBodySent?.(chunk));
  },
  onRequestSent(this: Telling): void {
    tell(this, (handler) => handler.onRequestSent?.());
  },
  onResponseStarted(this: Telling): void {
    tell(this, (handler) => handler.onResponseStarted?.());
  },
};
