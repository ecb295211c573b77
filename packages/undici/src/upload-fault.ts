import type { EventEmitter } from 'node:events';
import { Readable } from 'node:stream';
import type { DispatchOptions } from './exchange.ts';
import { madeHere } from './outcome.ts';

type Body = NonNullable<DispatchOptions['body']>;

const isStream = (body: unknown): body is EventEmitter =>
  typeof body === 'object' && body !== null && 'pipe' in body && 'on' in body && 'off' in body;

type Chunks = AsyncIterable<unknown> | Iterable<unknown>;

/** What undici sends chunk by chunk and may throw meanwhile: generators, web streams; no list, Blob or form. */
const isChunks = (body: unknown): body is Chunks =>
  typeof body === 'object' &&
  body !== null &&
  (Symbol.asyncIterator in body || (Symbol.iterator in body && 'next' in body));

/** What goes wrong with a request body that the caller hands over bit by bit: no word on the server. */
export class UploadFault {
  #error: unknown = undefined;
  #stream: EventEmitter | undefined = undefined;

  /** What the body failed with, also before it was to be sent. */
  get error(): unknown {
    const early = this.#stream instanceof Readable ? this.#stream.errored : null;
    return this.#error ?? early ?? undefined;
  }

  /** The body as it is to be sent. */
  watch(body: Body): Body {
    if (isStream(body)) {
      this.#stream = body;
      body.on('error', this.#onError);
      return body;
    }
    return isChunks(body) ? (this.#heard(body) as unknown as Body) : body;
  }

  /** An attempt failed: its body is of no use, and not the server's fault where it was the reason. */
  fail(error: unknown): void {
    if (error instanceof Error && error === this.error) madeHere(error);
    destroyBody(this.#stream);
  }

  stop(): void {
    this.#stream?.off('error', this.#onError);
    this.#stream = undefined;
  }

  readonly #onError = (error: unknown): void => {
    this.#error = error;
  };

  async *#heard(chunks: Chunks): AsyncGenerator {
    try {
      yield* chunks;
    } catch (error) {
      this.#error = error;
      throw error;
    }
  }
}

/** As undici does with the body of a request that fails. */
export const destroyBody = (body: unknown): void => {
  if (body instanceof Readable) body.on('error', () => undefined).destroy();
};

/** Whether a body comes bit by bit. */
export const isHandedOver = (body: unknown): body is Body => isStream(body) || isChunks(body);
