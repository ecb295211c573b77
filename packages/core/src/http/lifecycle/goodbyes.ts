import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { report } from '../../events/emitter.ts';
import type { Clock } from '../../runtime/clock.ts';
import { deadlinesOf, type Deadline, type DeadlineQueue } from '../../runtime/deadline-queue.ts';
import { Farewells } from './farewells.ts';
import { isWebSocket, sayGoodbye } from './goodbye.ts';

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

/**
 * Says goodbye to upgraded sockets, spread over a time. Each has a time of its own in the plan, however late the
 * timer is: those whose time has passed are told together. One that has not been answered yet holds up nobody.
 */
export class Goodbyes implements Deadline {
  due = 0;
  position = -1;
  /** The drain itself does. */
  readonly keepsAlive = false;
  readonly #say: (socket: Duplex, request: IncomingMessage) => unknown;
  readonly #clock: Clock;
  readonly #queue: DeadlineQueue;
  readonly #farewells: Farewells;
  #planned: readonly Upgrade[] = [];
  /** How many of the plan have had their turn. */
  #passed = 0;
  #begunAt = 0;
  #stepMs = 0;
  /** Those that had no answer when their turn came, or came later. */
  #aside: Upgrade[] = [];
  #lookAt = Infinity;
  #begun = false;

  constructor(say: (socket: Duplex, request: IncomingMessage) => unknown, clock: Clock) {
    this.#say = say;
    this.#clock = clock;
    this.#queue = deadlinesOf(clock);
    this.#farewells = new Farewells(clock);
  }

  begin(upgrades: readonly Upgrade[], spreadMs: number): void {
    this.#begun = true;
    this.#planned = upgrades;
    this.#begunAt = this.#clock.now();
    this.#stepMs = upgrades.length === 0 ? 0 : spreadMs / upgrades.length;
    this.fire();
  }

  /** One more; before `begin` it is up to whoever keeps the connections. */
  add(upgrade: Upgrade): void {
    if (!this.#begun) return;
    this.#putAside(upgrade);
    this.#wait();
  }

  fire(): void {
    const now = this.#clock.now();
    while (this.#nextAt <= now) this.#turnOf(this.#planned[this.#passed++]);
    if (this.#lookAt <= now) this.#lookAgain();
    this.#wait();
  }

  [Symbol.dispose](): void {
    this.#begun = false;
    this.#planned = [];
    this.#passed = 0;
    this.#aside = [];
    this.#lookAt = Infinity;
    this.#queue.remove(this);
    this.#farewells[Symbol.dispose]();
  }

  /** When the next of the plan has its turn. */
  get #nextAt(): number {
    if (this.#passed >= this.#planned.length) return Infinity;
    return this.#begunAt + this.#passed * this.#stepMs;
  }

  #turnOf(upgrade: Upgrade | undefined): void {
    if (upgrade === undefined || isGone(upgrade)) return;
    if (isAnswered(upgrade)) this.#tell(upgrade);
    else this.#putAside(upgrade);
  }

  #putAside(upgrade: Upgrade): void {
    // Whoever is told may have ended the drain.
    if (!this.#begun) return;
    if (this.#lookAt === Infinity) this.#lookAt = this.#clock.now() + AGAIN_MS;
    this.#aside.push(upgrade);
  }

  #lookAgain(): void {
    const aside = this.#aside;
    this.#aside = [];
    this.#lookAt = Infinity;
    for (const upgrade of aside) this.#turnOf(upgrade);
  }

  #wait(): void {
    this.#queue.remove(this);
    this.due = Math.min(this.#nextAt, this.#lookAt);
    if (this.due < Infinity) this.#queue.add(this);
  }

  #tell({ socket, request }: Upgrade): void {
    // Whoever writes to it after we have ended it must not end the process.
    socket.on('error', ignore);
    // Of a goodbye of one's own it is not known what it means.
    if (this.#say === sayGoodbye && isWebSocket(request)) this.#farewells.add(socket);
    try {
      const answer = this.#say(socket, request);
      Promise.resolve(answer).catch((error: unknown) => report(error, 'onUpgraded'));
    } catch (error) {
      report(error, 'onUpgraded');
    }
  }
}
