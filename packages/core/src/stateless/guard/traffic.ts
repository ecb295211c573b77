import type { Clock } from '../../runtime/clock.ts';
import { DeadlineLane } from '../../runtime/deadline-lane.ts';
import { deadlinesOf } from '../../runtime/deadline-queue.ts';
import type { StoreError } from '../store-error.ts';
import type { Operation } from '../store.ts';
import type { Circuit } from './circuit.ts';
import { Command, type Send } from './command.ts';
import { Patience } from './patience.ts';
import type { Reading } from './reading.ts';

/** One that waits for its turn, whatever it will give. */
type Waiting = Pick<Command<unknown>, 'endsAt' | 'startLate' | 'refuse'>;
/** One that is under way, whatever it will give. */
type UnderWay = Pick<Command<unknown>, keyof Command<unknown>>;

export interface TrafficLimits {
  readonly maxPending: number;
  readonly maxWaiting: number;
}

/** Of each answer, so that a hiccup of as many as are under way does not tell for long. */
const WEIGHT = 1 / 64;
/** So many that were sent, and none of them ended in the time that it has, are no hiccup of a few. */
const SILENT_PENDING = 8;
/** Some answers take longer than the mean of them. */
const MARGIN = 1.5;

/**
 * The operations under way: how many there are, who waits for a turn, and when each has to end. A slot is free
 * when the store has ended the operation, not when its caller was answered.
 */
export class Traffic {
  readonly name: string;
  readonly clock: Clock;
  readonly deadlines: DeadlineLane;
  readonly patience: Patience = new Patience();
  pending = 0;
  /** Those of them for which the store is blamed. */
  overdue = 0;
  readonly #maxPending: number;
  readonly #maxWaiting: number;
  readonly #circuit: Circuit;
  readonly #line = new Set<Waiting>();
  /** Under way and not overdue, and no caller waits for it. */
  readonly #unheard = new Set<UnderWay>();
  /** How long answers take, lately. */
  #tookMs = 0;
  /** When the store was heard of last. */
  #heardAt = -Infinity;
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
    this.deadlines = new DeadlineLane(deadlinesOf(clock));
  }

  /** Whether every slot is taken by what is overdue, so that waiting is in vain. */
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

  started(command: UnderWay): void {
    this.pending++;
    if (!command.keepsAlive) this.#unheard.add(command);
  }

  /** The store has ended an operation while it might. */
  ended(command: UnderWay, reading: Reading, error: unknown, now: number): void {
    this.pending--;
    this.#unheard.delete(command);
    if (reading === 'answer') this.#tookMs += (now - command.sentAt - this.#tookMs) * WEIGHT;
    this.#hear(reading);
    this.#circuit.judge(command.permit, reading, error);
    this.#goOn();
  }

  /** The store has ended an operation that was overdue. */
  endedLate(reading: Reading): void {
    this.pending--;
    this.overdue--;
    if (this.#hear(reading)) this.#circuit.showedLife();
    this.#goOn();
  }

  /** A caller was answered; the store may still take its time. */
  gaveUp(command: UnderWay): void {
    this.#unheard.add(command);
    this.#tellIdle();
  }

  /** The store was not heard of in the time that it has. */
  overdueNow(command: UnderWay, error: StoreError): void {
    this.#unheard.delete(command);
    this.overdue++;
    const silent = this.#heardAt < command.sentAt && this.pending >= SILENT_PENDING;
    this.#circuit.judge(command.permit, silent ? 'silence' : 'failure', error);
    if (this.stuck) this.refuseWaiting();
    this.#tellIdle();
  }

  leaveLine(waiting: Waiting): void {
    this.#line.delete(waiting);
  }

  /** Nobody who waits will have a turn in time. */
  refuseWaiting(): void {
    for (const waiting of this.#line) waiting.refuse(this.#turnedAway());
    this.#line.clear();
  }

  /** Resolves when no caller waits for an answer, and takes the timers away. */
  async idle(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#onIdle = resolve;
      this.#tellIdle();
    });
    for (const command of this.#unheard) this.deadlines.remove(command);
    this.deadlines.tidy();
    deadlinesOf(this.clock).tidy();
  }

  #join<T>(operation: Operation, send: Send<T>, keepsAlive: boolean): Promise<T> {
    if (this.stuck) this.#circuit.blocked();
    if (this.stuck || this.#line.size >= this.#maxWaiting) {
      return Promise.reject(this.#turnedAway());
    }
    const command = new Command(this, operation, send, keepsAlive);
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
      const inVain = next.endsAt - now <= this.#tookMs * MARGIN;
      if (inVain) next.refuse(this.#turnedAway());
      else this.#sendLate(next, now);
    }
  }

  #sendLate(next: Waiting, now: number): void {
    const permit = this.#circuit.acquire();
    if (permit.admitted) next.startLate(permit, now);
    else next.refuse(this.#circuit.errorOf(permit));
  }

  /** Whether it was the store that ended it. */
  #hear(reading: Reading): boolean {
    const heard = reading === 'answer' || reading === 'stale';
    if (heard) this.#heardAt = this.clock.now();
    return heard;
  }

  #turnedAway(): StoreError {
    return this.#circuit.errorOf({});
  }

  #tellIdle(): void {
    if (this.pending === this.overdue + this.#unheard.size) this.#onIdle?.();
  }
}
