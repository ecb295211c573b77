import type { ServerResponse } from 'node:http';
import { streamOf } from './ending.ts';

/** What changes an answer, sends something before it, or is a second one; `write`, which answers a boolean, beside. */
export const SILENCED: readonly Extract<keyof ServerResponse, string>[] = [
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
];

/**
 * Makes everything a late handler does to an answered response do nothing.
 *
 * Without it a late `res.json()` throws `ERR_HTTP_HEADERS_SENT`, the rejection reaches Express' final
 * handler, and that destroys the socket under the next request of the connection. `headersSent`
 * reads false for the same reason: the final handler then writes, here, instead of destroying. Those who
 * listen for the end, such as access logs, read that they were sent.
 */
export const entomb = (response: ServerResponse): void => {
  const { statusCode } = response;
  const told = new Listening(response);
  const silent = { value: silence(response), configurable: true, writable: true };
  Object.defineProperties(response, {
    ...Object.fromEntries(SILENCED.map((method) => [method, silent])),
    write: { value: silence(true), configurable: true, writable: true },
    destroy: onceFinished(response, told),
    emit: { value: told.emit, configurable: true, writable: true },
    headersSent: { get: () => told.now, configurable: true },
    // What was sent stays readable for logs and for the breaker.
    statusCode: kept(statusCode),
    // HTTP/2 has none, and warns whoever reads it.
    ...(streamOf(response) ? {} : { statusMessage: kept(response.statusMessage) }),
  });
};

/**
 * Destroys nothing before the answer is out: who has its streams destroyed by the signal of the request
 * would take the connection from under it. `writableFinished` of Node 22 is true before that.
 */
const onceFinished = (response: ServerResponse, told: Listening): PropertyDescriptor => {
  const destroy = response.destroy.bind(response);
  const value = (error?: Error): unknown => (told.over ? destroy(error) : response);
  return { value, configurable: true, writable: true };
};

/** Whether the response is just telling that it is over. */
class Listening {
  now = false;
  /** Whether it has told so. */
  over = false;
  readonly #emit: (...given: readonly unknown[]) => boolean;

  constructor(response: ServerResponse) {
    this.#emit = response.emit.bind(response);
  }

  readonly emit = (event: string | symbol, ...given: unknown[]): boolean => {
    this.now = event === 'finish' || event === 'close';
    this.over ||= this.now;
    try {
      return this.#emit(event, ...given);
    } finally {
      this.now = false;
    }
  };
}

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
