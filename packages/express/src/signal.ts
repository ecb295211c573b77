import type { Response } from 'express';
import { endingOf } from './ending.ts';

const controllers = new WeakMap<Response, AbortController>();

/**
 * The signal of one request: aborts when `timeout` answers in the handler's stead (with its
 * `HoldfastError`), or when the connection closes before the response is complete (`AbortError`).
 * Hand it to every call that the handler makes.
 */
export const signalOf = (response: Response): AbortSignal => controllerOf(response).signal;

/** Tells the handler that its answer is no longer wanted. */
export const abandon = (response: Response, reason: unknown): void =>
  controllerOf(response).abort(reason);

const controllerOf = (response: Response): AbortController => {
  const known = controllers.get(response);
  if (known !== undefined) return known;
  const controller = new AbortController();
  controllers.set(response, controller);
  const onClose = (): void => {
    if (endingOf(response) !== 'complete') controller.abort();
  };
  if (response.closed) onClose();
  else response.once('close', onClose);
  return controller;
};
