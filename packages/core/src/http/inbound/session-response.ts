import type { ServerResponse } from 'node:http';
import { HoldfastError, isRejection } from '../../errors.ts';
import { report } from '../../events/emitter.ts';
import { warnOnce } from '../../events/warn-once.ts';
import type { Session } from '../../stateless/session/types.ts';
import { sealSession } from '../../stateless/session/visit.ts';
import type { Answerer } from './answer.ts';
import { streamOf } from './ending.ts';
import type { Exchange } from './exchange.ts';
import { BodyLength } from './session-body-length.ts';
import { withCookie } from './session-cookie-field.ts';
import { valueIn } from './session-head.ts';
import { Hold } from './session-hold.ts';

type Given = readonly unknown[];
type Method = (...given: Given) => unknown;

/** What it needs beside the session. */
export interface SessionTerms<Subject extends readonly unknown[]> {
  /** Stands in errors. */
  readonly name: string;
  readonly exchange: Exchange;
  readonly subject: Subject;
  readonly answerer: Answerer<Subject>;
}

/** What `end` takes; for anything else it throws, and the response is not ended. */
const isChunk = (chunk: unknown): boolean =>
  chunk === undefined ||
  chunk === null ||
  typeof chunk === 'string' ||
  typeof chunk === 'function' ||
  chunk instanceof Uint8Array;

const isCallback = (each: unknown): each is () => void => typeof each === 'function';

/** Without its attributes: how long it is kept counts from when one asks. */
const pairOf = (cookie: string | undefined): string | undefined => cookie?.split(';', 1)[0];

const saidTooLate = (name: string): void =>
  warnOnce(
    'HF_SESSION_COOKIE_LATE',
    `session "${name}" was begun or got a new id after the headers of its response were out: its client has no cookie of it. Do it before the first write.`,
  );

/** Sends the cookie of a session with the head of its response, and saves it before that is complete. */
export class SessionResponse<Subject extends readonly unknown[]> {
  readonly #session: Session;
  readonly #terms: SessionTerms<Subject>;
  readonly #response: ServerResponse;
  readonly #writeHead: Method;
  readonly #write: Method;
  readonly #end: Method;
  readonly #length = new BodyLength();
  #told: string | undefined = undefined;
  #ended = false;
  #handedOn = false;
  #hold: Hold | undefined = undefined;

  constructor(session: Session, terms: SessionTerms<Subject>) {
    const { response } = terms.exchange;
    this.#session = session;
    this.#terms = terms;
    this.#response = response;
    this.#writeHead = response.writeHead.bind(response) as Method;
    this.#write = response.write.bind(response) as Method;
    this.#end = response.end.bind(response) as Method;
  }

  /** From here on the response is watched. */
  attach(): void {
    Reflect.set(this.#response, 'writeHead', this.#onHead);
    Reflect.set(this.#response, 'end', this.#onEnd);
    // Over HTTP/2 nothing but the end completes an answer.
    if (streamOf(this.#response) === undefined) Reflect.set(this.#response, 'write', this.#onWrite);
    this.#terms.exchange.atEnd(this.#seal);
  }

  readonly #onHead = (...given: Given): unknown => {
    if (this.#response.headersSent) return this.#writeHead(...given); // it says so itself
    this.#length.announce(valueIn(given, 'content-length'));
    this.#told = this.#cookie();
    const head = this.#told === undefined ? given : withCookie(this.#response, given, this.#told);
    const written = this.#writeHead(...head);
    this.#seal();
    return written;
  };

  /** With the last byte that its head announced an answer is complete: that waits, too. */
  readonly #onWrite = (...given: Given): unknown => {
    if (this.#hold !== undefined) return this.#hold.write(...given);
    const field = this.#response.getHeader('Content-Length');
    const complete = this.#length.isCompleteWith(given[0], given[1], field);
    if (this.#ended || !complete || !this.#isToBeSaved()) return this.#write(...given);
    void this.#saveFirst(given, this.#write);
    return true;
  };

  readonly #onEnd = (...given: Given): unknown => {
    // Who stands further in, and waits himself, calls it once more for those who wait for the end.
    if (this.#hold !== undefined) return this.#hold.end(...given);
    if (this.#ended || !isChunk(given[0])) return this.#handOn(...given);
    this.#ended = true;
    if (!this.#isToBeSaved()) return this.#handOn(...given);
    void this.#saveFirst(given, this.#handOn);
    return this.#response;
  };

  readonly #handOn = (...given: Given): unknown => {
    this.#handedOn = true;
    return this.#end(...given);
  };

  /** Its client can be told of no other id any more. */
  readonly #seal = (): void => sealSession(this.#session);

  /** What a request changed that a guard turned away is not kept: neither is a cookie for it. */
  get #isRejected(): boolean {
    return this.#terms.exchange.rejection !== undefined;
  }

  #cookie(): string | undefined {
    if (this.#isRejected && this.#session.state === 'new') return undefined;
    return this.#session.cookie();
  }

  #isToBeSaved(): boolean {
    if (this.#isRejected) return false;
    const unread = this.#response.headersSent && this.#isLate();
    if (unread) saidTooLate(this.#terms.name);
    // A record whose id nobody has could never be read.
    return !(unread && this.#session.state === 'new') && this.#session.pending;
  }

  /** Whether the client is without the cookie: the head was out before there was one. */
  #isLate(): boolean {
    if (this.#session.state === 'ended') return false;
    const cookie = this.#session.cookie();
    return cookie !== undefined && pairOf(cookie) !== pairOf(this.#told);
  }

  async #saveFirst(given: Given, goOn: Method): Promise<void> {
    const hold = new Hold(this.#response, this.#ended);
    this.#hold = hold;
    const failure = await this.#save();
    this.#hold = undefined;
    const waiting = hold.release();
    if (failure === undefined) {
      this.#attempt(() => goOn(...given));
      // From outside, for all who want to see the end.
      if (hold.ended && !this.#ended) this.#attempt(() => this.#response.end());
    } else {
      this.#fail(failure.error);
      waiting.unshift(...given.filter(isCallback));
    }
    this.#call(waiting);
    // One further out may still be at work on it, and has to write.
    if (this.#handedOn && this.#response.writableEnded) hold.close();
  }

  async #save(): Promise<{ readonly error: unknown } | undefined> {
    try {
      await this.#session.save();
      return undefined;
    } catch (error) {
      return { error };
    }
  }

  /** Their end is that of the response; of one that has broken there is none. */
  #call(waiting: readonly (() => void)[]): void {
    for (const callback of waiting)
      if (this.#response.writableEnded) this.#attempt(() => this.#onEnd(callback));
      else process.nextTick(callback);
  }

  /** In the stead of an answer that says that all went well. */
  #fail(cause: unknown): void {
    const { answerer, exchange, subject, name } = this.#terms;
    const error = isRejection(cause)
      ? cause
      : new HoldfastError({ code: 'HF_SESSION_TOO_LARGE', policy: name, cause });
    if (error !== cause) report(cause, `session "${name}"`);
    this.#handedOn = false;
    answerer.refuse(exchange, error, subject);
    // Another middleware may have taken its end for the only one.
    if (!this.#handedOn) this.#response.destroy(error);
  }

  /** Nobody is there any more to hear what it throws, and the client must not wait. */
  #attempt(action: () => unknown): void {
    try {
      action();
    } catch (error) {
      report(error, 'response.end()');
      this.#response.destroy();
    }
  }
}
