import type { Permit } from '../../circuit-breaker/types.ts';
import { start, whenSettled } from '../../pipeline/start.ts';
import type { DeadlineLane, LaneDeadline } from '../../runtime/deadline-lane.ts';
import { StoreError } from '../store-error.ts';
import type { Operation } from '../store.ts';
import { readingOf, rejectionOf, type Reading } from './reading.ts';
import type { Traffic } from './traffic.ts';

/** Sends an operation to the store. */
export type Send<T> = (operation: Operation) => Promise<T>;

/** How far an operation has come; what is `overdue` was given up, and the store has not ended it. */
type Stage = 'waiting' | 'sent' | 'slow' | 'overdue' | 'over';

/** Timers are rounded up to whole milliseconds. */
const LATE_MS = 1;

/**
 * One operation on its way: its caller has an answer at `endsAt` at the latest, its slot is free when the store
 * has ended it. It hears of the abort of its signal itself, so that none costs a function.
 */
export class Command<T> implements LaneDeadline {
  due: number;
  position = -1;
  next: LaneDeadline | undefined = undefined;
  previous: LaneDeadline | undefined = undefined;
  /** Whether a caller's promise hangs on it. */
  readonly keepsAlive: boolean;
  readonly endsAt: number;
  readonly deadlineMs: number;
  readonly #traffic: Traffic;
  readonly #signal: AbortSignal | undefined;
  readonly #send: Send<T>;
  readonly #caller: PromiseWithResolvers<T> = Promise.withResolvers<T>();
  #stage: Stage = 'sent';
  #lane: DeadlineLane;
  /** Its leave of the circuit; a probe has none. */
  permit: Permit | undefined = undefined;

  constructor(
    traffic: Traffic,
    { deadlineMs, signal }: Operation,
    send: Send<T>,
    keepsAlive: boolean,
  ) {
    this.keepsAlive = keepsAlive;
    this.#traffic = traffic;
    this.#lane = traffic.halves;
    this.#send = send;
    this.#signal = signal;
    this.deadlineMs = deadlineMs;
    this.endsAt = traffic.clock.now() + deadlineMs;
    this.due = this.endsAt - deadlineMs / 2;
    if (signal !== undefined) signal.addEventListener('abort', this, { once: true });
  }

  get promise(): Promise<T> {
    return this.#caller.promise;
  }

  /** Waits for a slot, within its own time. */
  wait(): void {
    this.#stage = 'waiting';
    this.#enter(this.#traffic.ends, this.endsAt);
  }

  /** Its turn has come. What is left of its time is all that the store is given. */
  startLate(permit: Permit, now: number): void {
    this.#lane.remove(this);
    const deadlineMs = this.endsAt - now;
    this.#lane = this.#traffic.halves;
    this.due = this.endsAt - deadlineMs / 2;
    this.start(permit, { deadlineMs, signal: this.#signal });
  }

  /** Takes a slot and goes to the store; a probe has no permit. */
  start(permit: Permit | undefined, operation: Operation): void {
    this.#stage = 'sent';
    this.permit = permit;
    this.#traffic.pending++;
    this.#lane.add(this);
    void whenSettled(
      start(this.#send, operation),
      (value) => this.#answered(value),
      (error) => this.#failed(error),
    );
  }

  /** It is not sent any more. */
  refuse(error: unknown): void {
    this.#lane.remove(this);
    this.#stage = 'over';
    this.#forgetSignal();
    this.#caller.reject(error);
  }

  fire(lateMs: number): void {
    // A timer that is late may mean that we stood still: an answer that lies in the socket goes first.
    if (lateMs >= LATE_MS) this.#traffic.clock.afterPoll(() => this.#timePassed());
    else this.#timePassed();
  }

  /** The caller has gone. What was sent is still judged by its deadline. */
  handleEvent(): void {
    const reason: unknown = this.#signal?.reason;
    if (this.#stage !== 'waiting') return this.#caller.reject(reason);
    this.#traffic.leaveLine(this);
    this.refuse(reason);
  }

  #timePassed(): void {
    switch (this.#stage) {
      case 'waiting':
        this.#traffic.leaveLine(this);
        return this.refuse(new StoreError(this.#traffic.name, 'not-sent'));
      case 'sent':
        this.#stage = 'slow';
        return this.#enter(this.#traffic.ends, this.endsAt);
      case 'slow':
        return this.#giveUp();
      case 'overdue':
      case 'over':
    }
  }

  #giveUp(): void {
    const error = new StoreError(this.#traffic.name, 'unknown');
    this.#stage = 'overdue';
    this.#forgetSignal();
    this.#caller.reject(error);
    this.#traffic.gaveUp(this, error);
  }

  #answered(value: T): void {
    this.#caller.resolve(value);
    this.#settle('answer', undefined);
  }

  #failed(error: unknown): void {
    const reading = readingOf(error, this.#signal);
    const rejection = rejectionOf(this.#traffic.name, error, reading);
    this.#caller.reject(rejection);
    this.#settle(reading, rejection);
  }

  #settle(reading: Reading, error: unknown): void {
    const stage = this.#stage;
    this.#stage = 'over';
    this.#lane.remove(this);
    this.#forgetSignal();
    if (stage === 'overdue') return this.#traffic.endedLate(reading);
    const slow = stage === 'slow' && reading === 'answer';
    this.#traffic.ended(this, slow ? 'slow' : reading, error);
  }

  #enter(lane: DeadlineLane, due: number): void {
    this.due = due;
    this.#lane = lane;
    lane.add(this);
  }

  #forgetSignal(): void {
    this.#signal?.removeEventListener('abort', this);
  }
}
