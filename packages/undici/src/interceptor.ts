import * as undici from 'undici';
import type { Dispatcher } from 'undici';
import { Exchange, type Dispatch, type DispatchOptions, type Handler } from './exchange.ts';

export type Interceptor = Dispatcher.DispatcherComposeInterceptor;

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
    if (!isObject(options) || !isObject(handler)) return dispatch(options, handler);
    // First what most handlers inside a set of policies are: it is the cheaper question.
    if (handler instanceof Exchange || isComplete(handler))
      return handle(dispatch, options, handler);
    const current = 'onConnect' in handler ? wrapOldHandler(handler) : undefined;
    // No handler at all is undici's to reject.
    if (current === undefined) return dispatch(options, handler);
    // The old API knows no HTTP/2.
    return handle(dispatch, Object.assign({}, options, { allowH2: false }), current);
  };

/** One that would hear of no failure is undici's to reject, as any that is no handler. */
const isComplete = (handler: Handler): boolean =>
  handler.onRequestStart !== undefined && handler.onResponseError !== undefined;

const isObject = (value: unknown): boolean => typeof value === 'object' && value !== null;

const wrapOldHandler = (handler: Handler): Handler | undefined => {
  const wrapper: unknown = Reflect.get(undici, 'Dispatcher1Wrapper');
  const wrapHandler: unknown = typeof wrapper === 'function' && Reflect.get(wrapper, 'wrapHandler');
  return typeof wrapHandler === 'function' ? wrapHandler(handler) : undefined;
};
