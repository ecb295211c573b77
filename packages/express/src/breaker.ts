import type { CircuitBreaker, Permit } from '@holdfast/core';
import type { RequestHandler, Response } from 'express';
import { endingOf } from './ending.ts';
import { answerRejection, isRefused } from './problem.ts';

/**
 * Guards a route with the circuit; refuses with 503, `Retry-After` and a problem body.
 *
 * The call lasts until the response is over. A status of 5xx, a destroyed connection and our
 * timeout are failures; every other answer is a success; a client who left, and a refusal by another
 * policy that `rejections()` answered, say nothing.
 */
export const breaker =
  (circuit: CircuitBreaker): RequestHandler =>
  (_request, response, next) => {
    if (response.closed) {
      next(); // the client has left already: no event would end the call
      return;
    }
    const permit = circuit.tryAcquire();
    if (permit.admitted) {
      response.once('close', () => settle(permit, response));
      next();
    } else if (response.headersSent) next(permit.rejection);
    else answerRejection(response, permit.rejection);
  };

const settle = (permit: Permit, response: Response): void => {
  const ending = endingOf(response);
  if (ending === 'client' || isRefused(response)) permit.ignore();
  else if (ending === 'server') permit.failure('the response broke off');
  else if (response.statusCode >= 500) permit.failure(`HTTP ${response.statusCode}`);
  else permit.success();
};
