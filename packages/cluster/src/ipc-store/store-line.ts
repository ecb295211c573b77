import type { Duplex } from 'node:stream';
import type { Clock } from '@holdfast/core';
import { Awaited, type Waiting } from './awaited.ts';
import { LineWatches } from './line-watches.ts';
import { HINT, REFUSED, STALE, type ReadAnswer } from './wire/answers.ts';
import { FrameReader } from './wire/frame-reader.ts';
import { FrameWriter } from './wire/frame-writer.ts';
import { Frames } from './wire/frames.ts';
import { sizeOfHead } from './wire/requests.ts';
import { WireError } from './wire/wire-error.ts';

/** What may wait for a supervisor that reads nothing; more is not sent. */
const MOST_QUEUED_BYTES = 4_194_304;

/**
 * The line to the supervisor, as a worker has it. All requests of a turn of the event loop go in one frame, and are
 * answered in their order. When the line is lost, all that waits fails: `not-sent` where that is sure, else `unknown`.
 */
export class StoreLine {
  readonly watches: LineWatches = new LineWatches(
    (code, key) => this.begin(code, key, 0) !== undefined,
  );
  readonly #socket: Duplex;
  readonly #clock: Clock;
  readonly #frames = new Frames();
  readonly #requests = new FrameWriter((frame) => this.#send(frame));
  #first: Waiting | undefined = undefined;
  #last: Waiting | undefined = undefined;
  /** The first one that has not left. */
  #unsent: Waiting | undefined = undefined;
  #pending = 0;
  #leaves = false;
  #lost = false;

  constructor(socket: Duplex, clock: Clock) {
    this.#socket = socket;
    this.#clock = clock;
    socket.on('error', () => this.#lose());
    socket.on('close', () => this.#lose());
    socket.on('drain', () => this.watches.goOn());
    socket.on('data', (chunk: Buffer) => this.#read(chunk));
  }

  get lost(): boolean {
    return this.#lost;
  }

  /** Requests that were begun and are not answered. */
  get pending(): number {
    return this.#pending;
  }

  /**
   * Begins a request, of so many bytes more at most. Undefined where it cannot be sent; else what is left of it has to
   * be written at once.
   */
  begin(code: number, key: string, bytes: number): FrameWriter | undefined {
    if (this.#lost || this.#socket.writableLength > MOST_QUEUED_BYTES) return undefined;
    const to = this.#requests;
    to.reserve(sizeOfHead(key) + bytes);
    to.byte(code);
    to.text(key);
    if (!this.#leaves) {
      this.#leaves = true;
      this.#clock.afterPoll(this.#leave);
    }
    return to;
  }

  /** What the request that was just written is answered; `store` stands in errors. */
  answer<T>(store: string, read: ReadAnswer<T>): Promise<T> {
    const awaited = new Awaited(store, read);
    if (this.#last === undefined) this.#first = awaited;
    else this.#last.next = awaited;
    this.#last = awaited;
    this.#unsent ??= awaited;
    this.#pending++;
    return awaited.promise;
  }

  readonly #leave = (): void => {
    this.#leaves = false;
    if (!this.#lost) this.#requests.end();
  };

  #send(frame: Uint8Array): void {
    this.#unsent = undefined;
    this.#socket.write(frame);
  }

  #read(chunk: Buffer): void {
    if (this.#lost) return;
    try {
      this.#frames.push(chunk);
      for (let frame = this.#frames.next(); frame !== undefined; frame = this.#frames.next()) {
        const from = new FrameReader(frame);
        while (!from.done) this.#hear(from);
      }
    } catch {
      // Answers can no longer be told from one another.
      this.#lose();
    }
  }

  #hear(from: FrameReader): void {
    const begin = from.byte();
    if (begin === HINT) return this.watches.tell(from.text());
    const waiting = this.#first;
    if (waiting === undefined) throw new WireError('an answer to nothing');
    if (begin === STALE) waiting.fail('stale');
    else if (begin === REFUSED) waiting.fail('refused');
    else waiting.settle(from, begin);
    this.#shift(waiting);
  }

  #shift({ next }: Waiting): void {
    this.#first = next;
    if (next === undefined) this.#last = undefined;
    this.#pending--;
  }

  #lose(): void {
    if (this.#lost) return;
    this.#lost = true;
    this.#socket.destroy();
    let failure: 'unknown' | 'not-sent' = 'unknown';
    for (let waiting = this.#first; waiting !== undefined; waiting = this.#first) {
      if (waiting === this.#unsent) failure = 'not-sent';
      waiting.fail(failure);
      this.#shift(waiting);
    }
  }
}
