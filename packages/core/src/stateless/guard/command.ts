import type { Permit } from '../../circuit-breaker/types.ts';
import { start, whenSettled } from '../../pipeline/start.ts';
import type { LaneDeadline } from '../../runtime/deadline-lane.ts';
import { StoreError } from '../store-error.ts';
import type { Operation } from '../store.ts';
import { readingOf, rejectionOf, type Reading } from './reading.ts';
import type { Traffic } from './traffic.ts';

/** Sends an operation to the store. */
export type Send<T> = (operation: Operation) => Promise<T>;

/**
 * How far an operation has come. What is `doubted` was given up before the store had as long as it may take;
 * what is `overdue` the store has not ended though it had.
 */
type Stage = 'waiting' | 'sent' | 'doubted' | 'overdue' | 'over';

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
  keepsAlive: boolean;
  readonly endsAt: number;
  sentAt: number = NaN;
  /** Its leave of the circuit; a probe has none, as the circuit judges it by what it gives. */
  permit: Permit | undefined = undefined;
  readonly #traffic: Traffic;
  readonly #deadlineMs: number;
  readonly #signal: AbortSignal | undefined;
  readonly #send: Send<T>;
  readonly #caller: PromiseWithResolvers<T> = Promise.withResolvers<T>();
  #stage: Stage = 'waiting';
  /** How much longer than its caller waits the store may take. */
  #graceMs = 0;

  constructor(
    traffic: Traffic,
    { deadlineMs, signal }: Operation,
    send: Send<T>,
    keepsAlive: boolean,
  ) {
    this.keepsAlive = keepsAlive;
    this.#traffic = traffic;
    this.#send = send;
    this.#signal = signal;
    this.#deadlineMs = deadlineMs;
    this.endsAt = traffic.clock.now() + deadlineMs;
    this.due = this.endsAt;
    traffic.deadlines.add(this);
    if (signal !== undefined) signal.addEventListener('abort', this, { once: true });
  }

  get promise(): Promise<T> {
    return this.#caller.promise;
  }

  /** Its turn has come. What is left of its time is all that it is sent with. */
  startLate(permit: Permit, now: number): void {
    this.start(permit, { deadlineMs: this.endsAt - now, signal: this.#signal });
  }

  /** Takes a slot and goes to the store; a probe has no permit. */
  start(permit: Permit | undefined, operation: Operation): void {
    const { deadlineMs } = operation;
    this.#stage = 'sent';
    this.permit = permit;
    this.sentAt = this.endsAt - deadlineMs;
    if (permit !== undefined) {
      const patienceMs = this.#traffic.patience.with(this.#deadlineMs, this.sentAt);
      this.#graceMs = patienceMs - deadlineMs;
    }
    this.#traffic.started(this);
    void whenSettled(
      start(this.#send, operation),
      (value) => this.#answered(value),
      (error) => this.#failed(error),
    );
  }

  /** It is not sent any more. */
  refuse(error: unknown): void {
    this.#traffic.deadlines.remove(this);
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
        return this.#giveUp();
      case 'doubted':
        return this.#blame(new StoreError(this.#traffic.name, 'unknown'));
      case 'overdue':
      case 'over':
    }
  }

  #giveUp(): void {
    const error = new StoreError(this.#traffic.name, 'unknown');
    this.#forgetSignal();
    this.#caller.reject(error);
    if (this.#graceMs > 0) this.#doubt();
    else this.#blame(error);
  }

  #doubt(): void {
    this.#stage = 'doubted';
    this.keepsAlive = false;
    this.due = this.endsAt + this.#graceMs;
    this.#traffic.deadlines.add(this);
    this.#traffic.gaveUp(this);
  }

  #blame(error: StoreError): void {
    this.#stage = 'overdue';
    this.#traffic.overdueNow(this, error);
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
    const overdue = this.#stage === 'overdue';
    this.#stage = 'over';
    this.#traffic.deadlines.remove(this);
    this.#forgetSignal();
    if (overdue) return this.#traffic.endedLate(reading);
    const now = this.#traffic.clock.now();
    // What was sent with less time than others have may fail for that alone.
    const hurried = this.#graceMs > 0 && now >= this.endsAt && reading !== 'answer';
    this.#traffic.ended(this, hurried ? 'nothing' : reading, error, now);
  }

  #forgetSignal(): void {
    this.#signal?.removeEventListener('abort', this);
  }
}
