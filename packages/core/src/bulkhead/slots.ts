import type { Refused } from '../pipeline/stage.ts';
import type { Settings } from './options.ts';
import { Rejections } from './rejections.ts';
import { TicketWaiter, type Wait, type Waiter, type WaitKeeper } from './waiter.ts';
import { WaitingRoom } from './waiting-room.ts';

/** What decides how long a call waits, and before whom. */
export interface Caller {
  readonly signal: AbortSignal | undefined;
  readonly priority: number;
  readonly deadline: number | undefined;
}

/** Who is inside, who waits, and how a slot goes from the one to the other. */
export class Slots implements WaitKeeper {
  settings: Settings;
  readonly rejections: Rejections;
  inFlight = 0;
  /** Calls that were ended by a timeout inside and run on. */
  lateInFlight = 0;
  admitted = 0;
  /** `concurrency`, or 0 once disposed. */
  #limit: number;
  #disposed = false;
  #arrivals = 0;
  readonly #room: WaitingRoom;

  constructor(settings: Settings) {
    this.settings = settings;
    this.rejections = new Rejections(settings.name);
    this.#limit = settings.concurrency;
    this.#room = new WaitingRoom(settings.order, settings.clock);
  }

  get waiting(): number {
    return this.#room.size;
  }

  /**
   * True: the call has a slot, to be given back with `free`. False: it has to `wait`, and nothing has
   * changed. Otherwise it is turned away. While anybody waits no slot is free, so nobody overtakes.
   */
  admit(priority: number, deadline: number | undefined): boolean | Refused {
    if (deadline !== undefined && deadline <= this.settings.clock.now()) return this.#expire();
    if (this.inFlight >= this.#limit) return this.#holdUp(priority);
    this.#occupy();
    return true;
  }

  /** Answers with the ticket once there is a slot, or refuses; rejects with the reason of an abort. */
  wait<T>(ticket: T, caller: Caller): Promise<T | Refused> {
    if (caller.signal?.aborted === true) {
      this.rejections.aborted++;
      return Promise.reject(caller.signal.reason);
    }
    return new Promise((resolve, reject) => {
      this.join(new TicketWaiter(this.waitOf(caller), ticket, { resolve, reject }));
    });
  }

  /** The wait of a call that comes now. */
  waitOf({ signal, priority, deadline = Infinity }: Caller): Wait {
    const now = this.settings.clock.now();
    const longest = now + this.settings.maxWaitMs;
    return {
      keeper: this,
      arrival: this.#arrivals++,
      priority,
      signal,
      due: Math.min(deadline, longest),
      deadlineMs: deadline < longest ? deadline - now : undefined,
    };
  }

  /** For a call that `admit` has told to wait. */
  join(waiter: Waiter): void {
    this.#room.join(waiter);
    this.#makePlace(this.settings.queue);
    this.rejections.flush();
  }

  /** Gives a slot back; whoever is first in line has it at once. */
  free(): void {
    this.inFlight--;
    if (this.#room.size === 0) return;
    this.#serve();
    this.rejections.flush();
  }

  /** Turns away a call that does not wait. */
  refuse(): Refused {
    const refused = this.#refusal();
    this.rejections.flush();
    return refused;
  }

  overdue(waiter: Waiter): void {
    this.#room.leave(waiter);
    this.#endWait(waiter);
    this.rejections.flush();
  }

  abandon(waiter: Waiter): void {
    this.#room.leave(waiter);
    this.rejections.aborted++;
    waiter.reject(waiter.signal?.reason);
  }

  /** Keeps who is inside; those who wait keep their time and go only where there is no place left. */
  change(settings: Settings): void {
    this.settings = settings;
    if (!this.#disposed) this.#limit = settings.concurrency;
    this.#room.reorder(settings.order);
    this.#serve();
    this.#makePlace(settings.queue);
    this.rejections.flush();
  }

  dispose(): void {
    this.#disposed = true;
    this.#limit = 0;
    this.#makePlace(0);
    this.#room.tidy();
  }

  #holdUp(priority: number): false | Refused {
    const mayWait = !this.#disposed && this.#room.hasPlaceFor(priority, this.settings.queue);
    return mayWait ? false : this.refuse();
  }

  #occupy(): void {
    this.inFlight++;
    this.admitted++;
  }

  #serve(): void {
    while (this.inFlight < this.#limit) {
      const waiter = this.#room.takeFirst();
      if (waiter === undefined) return;
      if (this.#isTooLate(waiter)) this.#endWait(waiter);
      else {
        this.#occupy();
        waiter.admit();
      }
    }
  }

  /** Nobody wants what comes after the deadline, also where the timer has yet to say so. */
  #isTooLate({ deadlineMs, due }: Waiter): boolean {
    return deadlineMs !== undefined && due <= this.settings.clock.now();
  }

  #endWait(waiter: Waiter): void {
    const { deadlineMs } = waiter;
    waiter.refuse(deadlineMs === undefined ? this.#refusal() : this.rejections.expire(deadlineMs));
  }

  /** Has the last in line go until no more than `places` wait. */
  #makePlace(places: number): void {
    while (this.#room.size > places) this.#room.takeLast()?.refuse(this.#refusal());
  }

  #refusal(): Refused {
    return this.rejections.refuse(this.#disposed ? 'HF_DISPOSED' : 'HF_BULKHEAD_FULL');
  }

  #expire(): Refused {
    const refused = this.rejections.expire(0);
    this.rejections.flush();
    return refused;
  }
}
