import type { Clock } from '../../runtime/clock.ts';
import { DeadlineLane } from '../../runtime/deadline-lane.ts';
import { deadlinesOf } from '../../runtime/deadline-queue.ts';
import type { StoreError } from '../store-error.ts';
import type { Operation } from '../store.ts';
import type { Circuit, Judged } from './circuit.ts';
import { Command, type Send } from './command.ts';
import type { Reading } from './reading.ts';

/** One that waits for its turn, whatever it will give. */
type Waiting = Pick<Command<unknown>, 'endsAt' | 'startLate' | 'refuse'>;

export interface TrafficLimits {
  readonly maxPending: number;
  readonly maxWaiting: number;
}

/**
 * The operations under way: how many there are, who waits for a turn, and when each has to end. A slot is free
 * when the store has ended the operation, not when its caller was answered.
 */
export class Traffic {
  readonly name: string;
  readonly clock: Clock;
  /** Half of the time of each, after which it is slow. */
  readonly halves: DeadlineLane;
  readonly ends: DeadlineLane;
  pending = 0;
  /** Those of them that were given up. */
  overdue = 0;
  readonly #maxPending: number;
  readonly #maxWaiting: number;
  readonly #circuit: Circuit;
  readonly #line = new Set<Waiting>();
  #onIdle: (() => void) | undefined = undefined;

  constructor(
    name: string,
    clock: Clock,
    circuit: Circuit,
    { maxPending, maxWaiting }: TrafficLimits,
  ) {
    this.name = name;
    this.clock = clock;
    this.#circuit = circuit;
    this.#maxPending = maxPending;
    this.#maxWaiting = maxWaiting;
    this.halves = new DeadlineLane(deadlinesOf(clock));
    this.ends = new DeadlineLane(deadlinesOf(clock));
  }

  /** Whether every slot is taken by what was given up, so that waiting is in vain. */
  get stuck(): boolean {
    return this.overdue >= this.#maxPending;
  }

  /** Sends an operation and answers by its deadline; one that nobody waits for need not keep the process alive. */
  run<T>(operation: Operation, send: Send<T>, keepsAlive = true): Promise<T> {
    const { signal } = operation;
    if (signal !== undefined && signal.aborted) return Promise.reject(signal.reason);
    if (this.pending >= this.#maxPending && !this.#circuit.lost)
      return this.#join(operation, send, keepsAlive);
    const permit = this.#circuit.acquire();
    if (!permit.admitted) return Promise.reject(this.#circuit.errorOf(permit));
    const command = new Command(this, operation, send, keepsAlive);
    command.start(permit, operation);
    return command.promise;
  }

  /** Sends a probe past the circuit; undefined where no slot is free. */
  probe<T>(operation: Operation, send: Send<T>): Promise<T> | undefined {
    if (this.pending >= this.#maxPending) return undefined;
    const command = new Command(this, operation, send, false);
    command.start(undefined, operation);
    return command.promise;
  }

  /** The store has ended an operation in time. */
  ended<T>(command: Command<T>, judged: Judged, error: unknown): void {
    this.pending--;
    this.#circuit.judge(command, judged, error);
    this.#goOn();
  }

  /** The store has ended an operation that was given up. */
  endedLate(reading: Reading): void {
    this.pending--;
    this.overdue--;
    if (reading === 'answer' || reading === 'stale') this.#circuit.showedLife();
    this.#goOn();
  }

  /** A caller was answered; the store was not heard of. */
  gaveUp<T>(command: Command<T>, error: unknown): void {
    this.overdue++;
    this.#circuit.judge(command, 'failure', error);
    if (this.stuck) this.refuseWaiting();
    this.#tellIdle();
  }

  leaveLine(waiting: Waiting): void {
    this.#line.delete(waiting);
    this.#tellIdle();
  }

  /** Nobody who waits will have a turn in time. */
  refuseWaiting(): void {
    for (const waiting of this.#line) waiting.refuse(this.#turnedAway());
    this.#line.clear();
    this.#tellIdle();
  }

  /** Resolves when no caller waits for an answer, and takes the timers away. */
  async idle(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#onIdle = resolve;
      this.#tellIdle();
    });
    this.halves.tidy();
    this.ends.tidy();
    deadlinesOf(this.clock).tidy();
  }

  #join<T>(operation: Operation, send: Send<T>, keepsAlive: boolean): Promise<T> {
    if (this.stuck) this.#circuit.blocked();
    if (this.stuck || this.#line.size >= this.#maxWaiting) {
      return Promise.reject(this.#turnedAway());
    }
    const command = new Command(this, operation, send, keepsAlive);
    command.wait();
    this.#line.add(command);
    return command.promise;
  }

  #goOn(): void {
    if (this.#line.size > 0) this.#sendNext();
    this.#tellIdle();
  }

  #sendNext(): void {
    for (const next of this.#line) {
      if (this.pending >= this.#maxPending) return;
      this.#line.delete(next);
      const now = this.clock.now();
      const permit = this.#circuit.acquire();
      if (!permit.admitted) next.refuse(this.#circuit.errorOf(permit));
      else if (next.endsAt > now) next.startLate(permit, now);
      else {
        permit.ignore();
        next.refuse(this.#turnedAway());
      }
    }
  }

  #turnedAway(): StoreError {
    return this.#circuit.errorOf({});
  }

  #tellIdle(): void {
    if (this.#onIdle !== undefined && this.pending === this.overdue && this.#line.size === 0) {
      this.#onIdle();
    }
  }
}
