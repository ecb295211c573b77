import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { report } from '../../events/emitter.ts';
import type { Clock } from '../../runtime/clock.ts';
import { deadlinesOf, type Deadline, type DeadlineQueue } from '../../runtime/deadline-queue.ts';

/** A connection that speaks another protocol by now, or is about to. */
export interface Upgrade {
  readonly socket: Duplex;
  readonly request: IncomingMessage;
  /** What had been written when the upgrade was asked for. */
  readonly bytesBefore: number;
}

/** How long until one who has not been answered yet is looked at again. */
const AGAIN_MS = 50;

const isGone = ({ socket }: Upgrade): boolean => socket.destroyed || socket.writableEnded;

/** A frame before the answer to the upgrade would be taken for the answer. */
const isAnswered = ({ request, bytesBefore }: Upgrade): boolean =>
  request.socket.bytesWritten > bytesBefore;

const ignore = (): void => undefined;

/** Says goodbye to one upgraded socket after the other, spread over a time. */
export class Goodbyes implements Deadline {
  due = 0;
  position = -1;
  /** The drain itself does. */
  readonly keepsAlive = false;
  readonly #say: (socket: Duplex, request: IncomingMessage) => unknown;
  readonly #clock: Clock;
  readonly #queue: DeadlineQueue;
  readonly #waiting: Upgrade[] = [];
  #begun = false;
  #stepMs = 0;

  constructor(say: (socket: Duplex, request: IncomingMessage) => unknown, clock: Clock) {
    this.#say = say;
    this.#clock = clock;
    this.#queue = deadlinesOf(clock);
  }

  begin(upgrades: readonly Upgrade[], spreadMs: number): void {
    this.#begun = true;
    this.#waiting.push(...upgrades);
    this.#stepMs = upgrades.length === 0 ? 0 : spreadMs / upgrades.length;
    this.fire();
  }

  /** One more; before `begin` it is up to whoever keeps the connections. */
  add(upgrade: Upgrade): void {
    if (!this.#begun) return;
    this.#waiting.push(upgrade);
    this.#next(Math.min(AGAIN_MS, this.#stepMs));
  }

  fire(): void {
    const upgrade = this.#waiting.shift();
    if (upgrade === undefined) return;
    if (isGone(upgrade)) this.#next(0);
    else if (isAnswered(upgrade)) {
      this.#tell(upgrade);
      this.#next(this.#stepMs);
    } else {
      this.#waiting.push(upgrade);
      this.#next(AGAIN_MS);
    }
  }

  [Symbol.dispose](): void {
    this.#begun = false;
    this.#waiting.length = 0;
    this.#queue.remove(this);
  }

  #next(delayMs: number): void {
    if (this.#waiting.length === 0 || this.position >= 0) return;
    this.due = this.#clock.now() + delayMs;
    this.#queue.add(this);
  }

  #tell({ socket, request }: Upgrade): void {
    // Whoever writes to it after we have ended it must not end the process.
    socket.on('error', ignore);
    try {
      const answer = this.#say(socket, request);
      Promise.resolve(answer).catch((error: unknown) => report(error, 'onUpgraded'));
    } catch (error) {
      report(error, 'onUpgraded');
    }
  }
}
