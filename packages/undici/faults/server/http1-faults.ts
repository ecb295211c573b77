import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { RETRY_AFTER_FORMS } from './retry-after-forms.ts';

/** What is done to a request; `nth` counts those of its path, from 1. */
export interface Victim {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly socket: Socket;
  readonly nth: number;
}

export type Fault = (victim: Victim) => void;

/** Long enough for what was written before to be read before the connection breaks. */
const A_MOMENT_MS = 25;
const TRICKLES = 8;
const TRICKLE_MS = 40;

const soon = (action: () => void): void => void setTimeout(action, A_MOMENT_MS);

/** Bytes as they are, without help from `node:http`. */
const raw =
  (bytes: string, then: (socket: Socket) => void = () => undefined): Fault =>
  ({ socket }) => {
    socket.write(bytes, () => soon(() => then(socket)));
  };

const answer =
  (status: number, text: string): Fault =>
  ({ response }) =>
    void response.writeHead(status, { 'content-length': Buffer.byteLength(text) }).end(text);

const reset = (socket: Socket): void => void socket.resetAndDestroy();
const fin = (socket: Socket): void => socket.destroySoon();

const HEAD_OF_TEN = 'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n';
const HEAD_OF_CHUNKS = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n';
const ERROR_500 = 'HTTP/1.1 500 Oh\r\nContent-Length: 4\r\n\r\noops';

const trickle: Fault = ({ response }) => {
  response.writeHead(200);
  let left = TRICKLES;
  const drop = (): void => {
    response.write('.');
    if (--left > 0) setTimeout(drop, TRICKLE_MS);
    else response.end();
  };
  drop();
};

/** The first request is served; the second one, on the same connection, kills it; the third is served. */
const closedUnderTheFeet: Fault = (victim) => {
  if (victim.nth === 2) reset(victim.socket);
  else answer(200, 'paid')(victim);
};

const servedThenClosed: Fault = (victim) => {
  answer(200, 'paid')(victim);
  soon(() => fin(victim.socket));
};

/** Once as the other fault says, then well. */
const once =
  (fault: Fault): Fault =>
  (victim) =>
    (victim.nth === 1 ? fault : answer(200, 'paid'))(victim);

const asked =
  (status: number, form: (now: Date) => string | undefined): Fault =>
  ({ response }) => {
    const now = new Date();
    const field = form(now);
    response.setHeader('date', now.toUTCString());
    if (field !== undefined) response.setHeader('retry-after', field);
    response.writeHead(status, { 'content-length': 4 }).end('busy');
  };

const retryAfter = (status: number): Record<string, Fault> =>
  Object.fromEntries(
    Object.entries(RETRY_AFTER_FORMS).map(([form, write]) => [
      `${status}-retry-after-${form}`,
      asked(status, write),
    ]),
  );

const statuses = (...codes: readonly number[]): Record<string, Fault> =>
  Object.fromEntries(codes.map((status) => [String(status), answer(status, 'said')]));

/** What happens to an HTTP/1.1 request, by the first part of its path. */
export const HTTP1_FAULTS: Readonly<Record<string, Fault>> = {
  ...statuses(200, 404, 408, 425, 429, 500, 501, 502, 503, 504),
  ...retryAfter(429),
  ...retryAfter(503),
  '204': ({ response }) => void response.writeHead(204).end(),
  'reset-before-headers': ({ socket }) => reset(socket),
  'reset-once': once(({ socket }) => reset(socket)),
  '503-once': once(answer(503, 'busy')),
  'fin-before-headers': ({ socket }) => fin(socket),
  'reset-after-headers': raw(HEAD_OF_TEN, reset),
  'fin-after-headers': raw(HEAD_OF_TEN, fin),
  'reset-mid-body': raw(`${HEAD_OF_TEN}paid`, reset),
  'fin-mid-body': raw(`${HEAD_OF_TEN}paid`, fin),
  'fin-mid-chunks': raw(`${HEAD_OF_CHUNKS}4\r\npaid\r\n`, fin),
  'garbage-mid-chunks': raw(`${HEAD_OF_CHUNKS}4\r\npaid\r\nnot a size\r\n`),
  'half-a-header': raw('HTTP/1.1 200 OK\r\nContent-Le', fin),
  'hang-before-headers': () => undefined,
  'hang-after-headers': raw(HEAD_OF_TEN),
  'hang-mid-body': raw(`${HEAD_OF_TEN}paid`),
  trickle,
  'length-too-long': raw(`${HEAD_OF_TEN}paid`, fin),
  'length-too-short': raw('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\npaid'),
  'length-twice': raw('HTTP/1.1 200 OK\r\nContent-Length: 4\r\nContent-Length: 5\r\n\r\npaid'),
  'length-no-number': raw('HTTP/1.1 200 OK\r\nContent-Length: four\r\n\r\npaid'),
  '103-then-500': raw(`HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n${ERROR_500}`),
  '103-then-200': raw(
    'HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\npaid',
  ),
  '103-then-reset': raw('HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n', reset),
  '100-then-200': raw(
    'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\npaid',
  ),
  'garbage-for-http': raw('\u0000\u0001this is no HTTP\r\n\r\n'),
  'header-overflow': raw(`HTTP/1.1 200 OK\r\nX-Long: ${'x'.repeat(100_000)}\r\n\r\n`),
  'idle-closed': servedThenClosed,
  'closed-under-the-feet': closedUnderTheFeet,
};
