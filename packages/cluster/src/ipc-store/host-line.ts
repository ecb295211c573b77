import type { Duplex } from 'node:stream';
import type { Clock } from '@holdfast/core';
import type { MemoryEngine } from '@holdfast/core/stateless';
import { GivenLeases } from './given-leases.ts';
import { hostOffsetOf } from './host-time.ts';
import type { HostWatches, Watching } from './host-watches.ts';
import { serveRequest, type Desk } from './serve-request.ts';
import { HINT } from './wire/answers.ts';
import { FrameReader } from './wire/frame-reader.ts';
import { FrameWriter, sizeOfText } from './wire/frame-writer.ts';
import { Frames } from './wire/frames.ts';
import { MAX_KEY_LETTERS } from './wire/limits.ts';
import { UNWATCH, WATCH } from './wire/requests.ts';
import { WireError } from './wire/wire-error.ts';

/** What the lines of all workers have in common. */
export interface HostParts {
  readonly engine: MemoryEngine;
  readonly watches: HostWatches;
  readonly clock: Clock;
  /** The most keys that one worker is told of. */
  readonly maxWatched: number;
}

/** What becomes of a line; `onBroken` is followed by `onClosed`. */
export interface HostLineEvents {
  readonly onBroken: (error: unknown) => void;
  readonly onClosed: () => void;
}

/**
 * One worker's line, as the supervisor has it. It reads no further than its answers are taken, so that a worker
 * that stands still costs one frame of each. What a worker has, ends with its line.
 */
export class HostLine implements Watching {
  readonly #socket: Duplex;
  readonly #parts: HostParts;
  readonly #events: HostLineEvents;
  readonly #offset: number;
  readonly #frames = new Frames();
  readonly #answers = new FrameWriter((frame) => this.#send(frame));
  readonly #given = new GivenLeases();
  readonly #desk: Desk;
  readonly #watched = new Set<string>();
  /** Keys of which it has to be told. */
  readonly #hints = new Set<string>();
  #from: FrameReader | undefined = undefined;
  #blocked = false;
  #working = false;
  #closed = false;

  constructor(socket: Duplex, parts: HostParts, events: HostLineEvents) {
    const { engine, clock } = parts;
    this.#socket = socket;
    this.#parts = parts;
    this.#events = events;
    this.#offset = hostOffsetOf(clock);
    const now = (): number => clock.now();
    this.#desk = { engine, given: this.#given, answers: this.#answers, now };
    socket.on('error', () => this.close());
    socket.on('close', () => this.close());
    socket.on('drain', () => this.#goOn());
    socket.on('data', (chunk: Buffer) => this.#read(chunk));
  }

  get leases(): number {
    return this.#given.size;
  }

  get watched(): number {
    return this.#watched.size;
  }

  /** Whether it waits for its worker to take answers. */
  get blocked(): boolean {
    return this.#blocked;
  }

  hint(key: string): void {
    this.#hints.add(key);
    // Else they are told as it has done its work, or can go on.
    if (!this.#working && this.#hints.size === 1) this.#parts.clock.afterPoll(this.#tell);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    const { engine, watches } = this.#parts;
    for (const key of this.#watched) watches.remove(key, this);
    this.#watched.clear();
    this.#hints.clear();
    for (const { key, claim } of this.#given.takeAll()) engine.release(key, claim);
    this.#socket.destroy();
    this.#events.onClosed();
  }

  #read(chunk: Buffer): void {
    if (this.#closed) return;
    this.#frames.push(chunk);
    this.#work();
    if (this.#blocked) this.#socket.pause();
  }

  #goOn(): void {
    this.#blocked = false;
    this.#work();
    if (!this.#blocked) this.#socket.resume();
  }

  #work(): void {
    if (this.#closed) return;
    this.#working = true;
    try {
      while (!this.#blocked && this.#hasRequest()) this.#serve();
    } catch (error) {
      this.#events.onBroken(error);
      this.close();
    }
    this.#working = false;
    this.#tell();
  }

  #hasRequest(): boolean {
    if (this.#from?.done === false) return true;
    const frame = this.#frames.next();
    this.#from = frame && new FrameReader(frame);
    return frame !== undefined;
  }

  #serve(): void {
    const from = this.#from;
    if (from === undefined) return;
    const code = from.byte();
    const key = from.text();
    if (key === '' || key.length > MAX_KEY_LETTERS)
      throw new WireError(`a key of ${key.length} letters`);
    if (code === WATCH) this.#watch(key);
    else if (code === UNWATCH) this.#unwatch(key);
    else serveRequest(this.#desk, { code, key }, from, this.#parts.clock.now() + this.#offset);
  }

  #watch(key: string): void {
    // A hint may be lost; memory may not.
    const { watches, maxWatched } = this.#parts;
    if (this.#watched.size < maxWatched && watches.add(key, this)) this.#watched.add(key);
  }

  #unwatch(key: string): void {
    this.#watched.delete(key);
    this.#hints.delete(key);
    this.#parts.watches.remove(key, this);
  }

  /** Sends what there is to say, as far as it is taken. */
  readonly #tell = (): void => {
    if (this.#closed) return;
    for (const key of this.#hints) {
      if (this.#blocked) break;
      this.#hints.delete(key);
      this.#answers.reserve(1 + sizeOfText(key));
      this.#answers.byte(HINT);
      this.#answers.text(key);
    }
    this.#answers.end();
  };

  #send(frame: Uint8Array): void {
    if (!this.#socket.write(frame)) this.#blocked = true;
  }
}
