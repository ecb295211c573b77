import type { CircuitBreaker } from '@holdfast/core';
import type { Dispatcher } from 'undici';
import { PermitHandler, currentRequest, failSoon } from './permit-handler.ts';

/**
 * An interceptor for `dispatcher.compose(...)` that asks the circuit before each request and tells it
 * how the exchange ended; works for `request`, `stream`, `pipeline`, `upgrade` and `fetch`.
 *
 * Failures are 5xx, 429 and 408 (`Retry-After` lengthens the break), a response that breaks off, a
 * connection error, and a timeout by whatever timer. An abort by the caller before the response and
 * an error of this side's own making say nothing. A refused request fails with the circuit's
 * `HoldfastError` (under `fetch` as the `cause` of its `TypeError`) and is never sent. Compose it
 * before `retry`, so that each attempt counts: `compose(breaker(circuit), interceptors.retry())`.
 */
export const breaker =
  (circuit: CircuitBreaker): Dispatcher.DispatcherComposeInterceptor =>
  (dispatch) =>
  (givenOptions, givenHandler) => {
    const { options, handler } = currentRequest(givenOptions, givenHandler);
    // Here and not in onRequestStart, which runs again when undici re-queues a request.
    const permit = circuit.tryAcquire();
    if (!permit.admitted) return failSoon(handler, permit.rejection);
    try {
      return dispatch(options, new PermitHandler(handler, permit, options));
    } catch (error) {
      permit.ignore(); // thrown before anything was sent
      throw error;
    }
  };
