import type { ServerResponse } from 'node:http';
import { streamOf } from './ending.ts';

const CHAINED = [
  'addTrailers',
  'appendHeader',
  'end',
  'flushHeaders',
  'removeHeader',
  'setHeader',
  'setHeaders',
  'writeContinue',
  'writeEarlyHints',
  'writeHead',
  'writeProcessing',
] as const satisfies readonly (keyof ServerResponse)[];

/**
 * Makes everything a late handler does to an answered response do nothing.
 *
 * Without it a late `res.json()` throws `ERR_HTTP_HEADERS_SENT`, the rejection reaches Express' final
 * handler, and that destroys the socket under the next request of the connection. `headersSent`
 * reads false for the same reason: the final handler then writes, here, instead of destroying.
 */
export const entomb = (response: ServerResponse): void => {
  const { statusCode } = response;
  const silent = { value: silence(response), configurable: true, writable: true };
  Object.defineProperties(response, {
    ...Object.fromEntries(CHAINED.map((method) => [method, silent])),
    write: { value: silence(true), configurable: true, writable: true },
    headersSent: kept(false),
    // What was sent stays readable for logs and for the breaker.
    statusCode: kept(statusCode),
    // HTTP/2 has none, and warns whoever reads it.
    ...(streamOf(response) ? {} : { statusMessage: kept(response.statusMessage) }),
  });
};

/** Does nothing but call back, so that a handler that waits for its write goes on. */
const silence =
  <T>(answer: T) =>
  (...given: readonly unknown[]): T => {
    const callback = given.at(-1);
    if (typeof callback === 'function') process.nextTick(callback);
    return answer;
  };

const kept = (value: unknown): PropertyDescriptor => ({
  get: () => value,
  set: () => undefined,
  configurable: true,
});
