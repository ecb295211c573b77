import type { Duplex } from 'node:stream';
import type { Clock } from '../../runtime/clock.ts';
import { deadlinesOf, type Deadline, type DeadlineQueue } from '../../runtime/deadline-queue.ts';

/** How often those that were told to leave are looked at. */
const LOOK_MS = 250;

/** How long one that its owner has ended may take to send what was written before. */
const FAREWELL_MS = 1_000;

/**
 * WebSockets that were told to leave. A server that knows nothing of our close frame goes on sending after it, to a
 * client that has stopped to read with it: what is then ended would wait for ever behind bytes that nobody takes.
 * After a close frame they are worth nothing (RFC 6455, 5.5.1), and the socket is destroyed.
 */
export class Farewells implements Deadline {
  due = 0;
  position = -1;
  /** The drain itself does. */
  readonly keepsAlive = false;
  readonly #clock: Clock;
  readonly #queue: DeadlineQueue;
  /** Each with the time at which it was first seen ended. */
  readonly #told = new Map<Duplex, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#queue = deadlinesOf(clock);
  }

  add(socket: Duplex): void {
    this.#told.set(socket, Infinity);
    this.#wait();
  }

  fire(): void {
    const now = this.#clock.now();
    for (const [socket, endedAt] of this.#told) this.#look(socket, Math.min(endedAt, now), now);
    this.#wait();
  }

  [Symbol.dispose](): void {
    this.#told.clear();
    this.#queue.remove(this);
  }

  #look(socket: Duplex, endedAt: number, now: number): void {
    if (!socket.destroyed && !socket.writableEnded) return;
    this.#told.set(socket, endedAt);
    if (now - endedAt >= FAREWELL_MS) socket.destroy();
    if (socket.destroyed) this.#told.delete(socket);
  }

  #wait(): void {
    if (this.#told.size === 0 || this.position >= 0) return;
    this.due = this.#clock.now() + LOOK_MS;
    this.#queue.add(this);
  }
}
