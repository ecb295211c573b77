import { validateHeaderName, validateHeaderValue, type ServerResponse } from 'node:http';
import type { HoldfastError } from '../../errors.ts';
import { report } from '../../events/emitter.ts';
import { randomOf } from '../../options/time-and-chance.ts';
import { isThenable, unheard } from '../../options/thenable.ts';
import { assertFunction, numberIn, wrongType } from '../../options/validate.ts';
import { prefersPlainText } from '../fields/accept.ts';
import { streamOf } from './ending.ts';
import type { Exchange } from './exchange.ts';
import { discardUpload } from './discard-upload.ts';
import { rejectionOf } from './problem.ts';
import { entomb } from './tombstone.ts';
import type { AnswerOptions, Problem, Rejection, RejectionAnswer } from './types.ts';

/** What a handler may have set for the answer it will not send. */
const BODY_FIELDS = [
  'Accept-Ranges',
  'Content-Disposition',
  'Content-Encoding',
  'Content-Language',
  'Content-Range',
  'ETag',
  'Last-Modified',
  'Location',
  'Trailer',
  'Transfer-Encoding',
] as const;

type Fields = Readonly<Record<string, string | number>>;

/** An answer, ready to be sent. */
export interface ReadyAnswer {
  readonly status: number;
  readonly headers: Fields;
  readonly body: string | Uint8Array;
}

const textOf = ({ title, detail }: Problem): string => `${title}\n${detail}\n`;

const contentOf = (
  { problem }: Rejection,
  body: RejectionAnswer['body'],
  accept: string | undefined,
): { readonly type: string; readonly body: string | Uint8Array } => {
  if (typeof body === 'string') return { type: 'text/plain; charset=utf-8', body };
  if (body instanceof Uint8Array) return { type: 'application/octet-stream', body };
  if (body !== undefined) return { type: 'application/json', body: JSON.stringify(body) };
  return prefersPlainText(accept)
    ? { type: 'text/plain; charset=utf-8', body: textOf(problem) }
    : { type: 'application/problem+json', body: JSON.stringify(problem) };
};

/** Fields, of which later ones take the place of earlier ones however they are spelled. */
const merged = (...several: readonly (Fields | undefined)[]): Fields => {
  const found = new Map<string, readonly [name: string, value: string | number]>();
  for (const fields of several)
    for (const [name, value] of Object.entries(fields ?? {}))
      found.set(name.toLowerCase(), [name, value]);
  return Object.fromEntries(found.values());
};

/** Statuses of answers that have no body, whatever was meant to be in it (RFC 9110, 6.4.1). */
const BODILESS: ReadonlySet<number> = new Set([204, 205, 304]);

/** What says how long a body is, or belongs to the connection, is not one's own to say. */
const FRAMING: ReadonlySet<string> = new Set([
  'content-length',
  'keep-alive',
  'proxy-connection',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** Checked before anything is set: what is set of an answer that throws would stay in the next one. */
const ownFields = (headers: RejectionAnswer['headers'] = {}): Fields => {
  const entries = Object.entries(headers);
  for (const [name, value] of entries) {
    validateHeaderName(name);
    validateHeaderValue(name, value);
  }
  return Object.fromEntries(entries.filter(([name]) => !FRAMING.has(name.toLowerCase())));
};

const ownStatus = (status: number): number =>
  // Nothing below 200 ends a response: the client would take what comes next for its answer.
  numberIn('status', status, { whole: true, min: 200, max: 599 });

/** Puts an answer together: the default one, changed by one's own. Throws for one that cannot be sent. */
export const readyAnswer = (
  rejection: Rejection,
  own: RejectionAnswer,
  accept: string | undefined,
): ReadyAnswer => {
  const status = ownStatus(own.status ?? rejection.status);
  const fields = ownFields(own.headers);
  if (BODILESS.has(status)) return { status, headers: merged(rejection.headers, fields), body: '' };
  const { type, body } = contentOf(rejection, own.body, accept);
  const headers = merged({ 'Content-Type': type }, rejection.headers, fields, {
    'Content-Length': Buffer.byteLength(body),
  });
  return { status, headers, body };
};

/** Without the one field of the connection that one may set: HTTP/2 has none. */
const unbound = (headers: Fields): Fields =>
  Object.fromEntries(
    Object.entries(headers).filter(([name]) => name.toLowerCase() !== 'connection'),
  );

/** Sends an answer at once: `next(error)` would wait until an upload has arrived in full. */
export const send = (response: ServerResponse, { status, headers, body }: ReadyAnswer): void => {
  for (const field of BODY_FIELDS) if (response.hasHeader(field)) response.removeHeader(field);
  response.writeHead(status, streamOf(response) === undefined ? headers : unbound(headers));
  // A server may refuse to be handed a body for HEAD (`rejectNonStandardBodyWrites`).
  if (body === '' || response.req.method === 'HEAD') response.end();
  else response.end(body);
};

/** Answers requests in the handler's stead. */
export class Answerer<Subject extends readonly unknown[]> {
  readonly #onReject: AnswerOptions<Subject>['onReject'];
  readonly #random: () => number;
  readonly #status: number | undefined;
  #reported = false;

  /** Another `status` than the usual one is given. */
  constructor({ onReject, random }: AnswerOptions<Subject>, status?: number) {
    assertFunction('onReject', onReject);
    this.#onReject = onReject;
    this.#random = randomOf(random);
    this.#status = status;
  }

  /** Turns a request away that has not reached its handler. Always false, for the gate to answer. */
  refuse(exchange: Exchange, error: HoldfastError, subject: Subject): false {
    const { response } = exchange;
    // What has been answered already stays what it was.
    if (exchange.over || response.writableEnded) return false;
    exchange.rejectedWith(error);
    if (response.headersSent) response.destroy(error);
    else this.#answer(exchange, error, subject);
    return false;
  }

  /** Answers in the stead of a handler that is at work, whose late writes then do nothing. */
  expire(exchange: Exchange, error: HoldfastError, subject: Subject): void {
    const { response } = exchange;
    exchange.expiredWith(error);
    this.#answer(exchange, error, subject);
    entomb(response);
    discardUpload(exchange.request);
    exchange.abandon(error); // last: whoever hears of it may write at once
  }

  #answer({ request, response }: Exchange, error: HoldfastError, subject: Subject): void {
    const rejection = rejectionOf(error, this.#random, this.#status);
    const { accept } = request.headers;
    for (const own of [() => this.#own(rejection, subject), () => ({})]) {
      try {
        const answer = readyAnswer(rejection, own(), accept);
        send(response, closes(error, response) ? withClose(answer) : answer);
        return;
      } catch (failure) {
        this.#report(failure);
        if (response.headersSent) break; // what has begun cannot begin again
      }
    }
    response.destroy(); // another middleware's hook refuses to answer: the client must not wait
  }

  /** Once, and not with each refusal of a flood. */
  #report(failure: unknown): void {
    if (this.#onReject !== undefined && !this.#reported) report(failure, 'onReject');
    this.#reported = true;
  }

  #own(rejection: Rejection, subject: Subject): RejectionAnswer {
    const own: unknown = unheard(this.#onReject?.(rejection, ...subject));
    if (own === undefined) return {};
    if (typeof own !== 'object' || own === null || isThenable(own))
      throw wrongType('onReject()', own, 'an answer, or nothing; a promise would come too late');
    return own;
  }
}

/** This process is about to end, and the connection with it. HTTP/2 has no such field. */
const closes = ({ code }: HoldfastError, response: ServerResponse): boolean =>
  code === 'HF_DRAINING' && streamOf(response) === undefined;

const withClose = (answer: ReadyAnswer): ReadyAnswer => ({
  ...answer,
  headers: { ...answer.headers, Connection: 'close' },
});
