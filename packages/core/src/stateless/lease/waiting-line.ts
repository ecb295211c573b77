import type { Clock } from '../../runtime/clock.ts';
import { deadlinesOf, type Deadline } from '../../runtime/deadline-queue.ts';
import { Hold, type Claim } from './hold.ts';
import type { LeaseSettings } from './settings.ts';
import { Waiter, type Obtained, type Refusal, type Wait } from './waiter.ts';

/** Who asks the store for a line, and forgets it when nobody waits any more. */
export interface LineKeeper {
  readonly settings: LeaseSettings;
  ask(claim: Claim): Promise<Obtained>;
  left(line: WaitingLine, rest: number): void;
}

/** So far apart processes ask after a hint, which all of them hear at once. */
const HINT_SPREAD_MS = 5;
const MOST_SPREAD_MS = 50;
/** One failure may be a stall of this process; with the second one the store is lost. */
const FAILURES_TO_GIVE_UP = 2;

/**
 * Those in this process who wait for one key, in order of arrival. However many they are, one operation
 * at a time asks for the first of them: on each hint, when the lease ends that is in the way, and in between
 * ever less often, since a hint may be lost.
 */
export class WaitingLine implements Deadline {
  readonly keepsAlive = false;
  position = -1;
  due = 0;
  readonly claim: Claim;
  readonly #keeper: LineKeeper;
  readonly #waiters = new Set<Waiter>();
  readonly #overdue: Waiter[] = [];
  #watch: Disposable | undefined = undefined;
  #asks = false;
  #hinted = false;
  /** In a row; where the store has never answered, the first one counts as the last. */
  #failures = FAILURES_TO_GIVE_UP - 1;
  /** How long it waits at most before it asks again. */
  #patienceMs: number;
  #freeAt: number;
  #closed: { readonly error: unknown } | undefined = undefined;

  constructor(claim: Claim, keeper: LineKeeper) {
    this.claim = claim;
    this.#keeper = keeper;
    this.#patienceMs = keeper.settings.deadlineMs;
    this.#freeAt = this.clock.now();
  }

  get clock(): Clock {
    return this.#keeper.settings.clock;
  }

  join(wait: Wait): Promise<Obtained> {
    return new Promise((resolve, reject) => {
      this.#waiters.add(new Waiter(this, wait, { resolve, reject }));
    });
  }

  leave(waiter: Waiter): void {
    this.#waiters.delete(waiter);
    this.#keeper.left(this, this.#waiters.size);
    if (this.#waiters.size > 0) return;
    this.#watch?.[Symbol.dispose]();
    const queue = deadlinesOf(this.clock);
    queue.remove(this);
    queue.tidy();
  }

  /** Its time is over; where an answer is under way it may be for this one. */
  overdue(waiter: Waiter): void {
    if (this.#asks) this.#overdue.push(waiter);
    else waiter.settle(this.#refusal());
  }

  /** Turns everybody away, not before what is under way is answered and given back. */
  close(error: unknown): void {
    this.#closed = { error };
    if (!this.#asks) this.#failAll(error);
  }

  /** Asks the store. */
  fire(): void {
    deadlinesOf(this.clock).remove(this);
    this.#asks = true;
    this.#hinted = false;
    this.#keeper.ask(this.claim).then(
      (obtained) => this.#hear(obtained),
      (error: unknown) => this.#miss(error),
    );
  }

  #hear(obtained: Obtained): void {
    this.#asks = false;
    this.#failures = 0;
    if (!(obtained instanceof Hold)) this.#wait(obtained.retryMs);
    else if (this.#closed === undefined) this.#hand(obtained);
    else {
      const { error } = this.#closed;
      void obtained.release().then(() => this.#failAll(error));
    }
  }

  #hand(hold: Hold): void {
    const { max, leaseMs } = this.#keeper.settings;
    const [first] = this.#waiters;
    if (first === undefined) return void hold.release();
    this.#patienceMs = this.#keeper.settings.deadlineMs;
    first.settle(hold);
    if (this.#waiters.size === 0) return;
    if (hold.grant.holders < max) this.fire();
    else this.#wait(leaseMs);
  }

  #wait(retryMs: number): void {
    this.#freeAt = this.clock.now() + retryMs;
    for (const waiter of this.#overdue.splice(0)) waiter.settle(this.#refusal());
    if (this.#closed !== undefined) this.#failAll(this.#closed.error);
    else if (this.#waiters.size > 0) this.#look(retryMs);
  }

  #look(retryMs: number): void {
    this.#watch ??= this.#watched();
    if (this.#hinted) this.#askSoon();
    else this.#pause(retryMs);
  }

  #miss(error: unknown): void {
    this.#asks = false;
    this.#failures++;
    for (const waiter of this.#overdue.splice(0)) waiter.fail(error);
    if (this.#closed !== undefined) this.#failAll(this.#closed.error);
    else if (this.#failures >= FAILURES_TO_GIVE_UP) this.#failAll(error);
    else if (this.#waiters.size > 0) this.#pause(this.#keeper.settings.deadlineMs);
  }

  #refusal(): Refusal {
    return { held: false, retryMs: Math.max(1, this.#freeAt - this.clock.now()) };
  }

  #failAll(error: unknown): void {
    for (const waiter of this.#waiters) waiter.fail(error);
  }

  #watched(): Disposable | undefined {
    try {
      return this.#keeper.settings.store.watch(this.claim.storeKey, () => this.#hint());
    } catch {
      return undefined; // a hint may be lost anyhow
    }
  }

  #hint(): void {
    this.#patienceMs = this.#keeper.settings.deadlineMs;
    if (this.#asks) this.#hinted = true;
    else if (this.#waiters.size > 0) this.#askSoon();
  }

  #askSoon(): void {
    const { store, random } = this.#keeper.settings;
    if (store.scope === 'process') return this.fire();
    const due = this.clock.now() + random() * HINT_SPREAD_MS;
    // Hints that come one upon the other must not put it off.
    if (this.position < 0 || due < this.due) this.#arm(due);
  }

  #pause(retryMs: number): void {
    const { leaseMs, random } = this.#keeper.settings;
    const pauseMs = Math.min(retryMs, this.#patienceMs);
    this.#patienceMs = Math.min(2 * this.#patienceMs, leaseMs / 3);
    const spreadMs = random() * Math.min(pauseMs / 4, MOST_SPREAD_MS);
    this.#arm(this.clock.now() + pauseMs + spreadMs);
  }

  #arm(due: number): void {
    const queue = deadlinesOf(this.clock);
    queue.remove(this);
    this.due = due;
    queue.add(this);
  }
}
