import {
  timeout as timeoutPolicy,
  type Policy,
  type TimeoutEvents,
  type TimeoutOptions,
} from '@holdfast/core';
import type { RequestHandler, Response } from 'express';
import { answerRejection } from './problem.ts';
import { abandon } from './signal.ts';
import { entomb } from './tombstone.ts';

/**
 * Answers 503 with the code `HF_TIMEOUT` when the response has not begun within `timeoutMs`, aborts
 * `signalOf(response)`, and makes everything that the handler writes later do nothing. A response
 * whose headers are out is left alone. Throws `TypeError` or `RangeError` for a wrong option.
 */
export const timeout = (options: TimeoutOptions): RequestHandler => {
  const policy = timeoutPolicy(options);
  return (_request, response, next) => {
    // Once closed, no event would end the call.
    if (!response.closed) void watch(policy, response);
    next();
  };
};

const watch = async (
  policy: Policy<TimeoutOptions, TimeoutEvents>,
  response: Response,
): Promise<void> => {
  const result = await policy.attempt(() => closed(response));
  if (result.ok || result.rejection === undefined || response.headersSent) return;
  try {
    answerRejection(response, result.rejection);
  } catch {
    response.destroy(); // another middleware's hook refuses to answer: the client must not wait
  }
  entomb(response);
  abandon(response, result.rejection); // last: whoever hears of it may write at once
};

const closed = (response: Response): Promise<void> =>
  new Promise((resolve) => {
    response.once('close', resolve);
  });
