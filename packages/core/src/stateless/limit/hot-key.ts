import { MICROSECOND_MS } from '../../rate-limit/resolution.ts';
import type { LaneDeadline } from '../../runtime/deadline-lane.ts';
import type { Key } from '../key.ts';
import type { Metered } from '../store.ts';
import { Demand } from './demand.ts';
import type { HotKeys } from './hot-keys.ts';
import { assertMetered } from './store-answer.ts';
import type { SharedAdmitted, SharedTaken, SharedTurned, TakenSource } from './types.ts';

/** A call that waits for what the store says. */
interface Waiter {
  resolve(taken: SharedTaken): void;
  reject(error: unknown): void;
}

/**
 * The units of one key that this process has taken in advance, and what the store said last. At most one
 * request is under way; who comes meanwhile waits for it too, and where that is not enough for the next.
 */
export class HotKey implements LaneDeadline {
  /** When the units are too old to be used. */
  due: number = -Infinity;
  position = -1;
  readonly keepsAlive = false;
  next: LaneDeadline | undefined = undefined;
  previous: LaneDeadline | undefined = undefined;
  readonly #key: Key;
  readonly #keys: HotKeys;
  readonly #demand: Demand;
  #waiting: Waiter[] = [];
  #asking = false;
  #units = 0;
  /** When the units were asked for. */
  #sentAt = -Infinity;
  /** Units that are left in the store. */
  #remaining = 0;
  /** When there is one more of them. */
  #moreAt = -Infinity;
  #resetAt = -Infinity;
  /** Until then it has none. */
  #noneUntil = -Infinity;

  constructor(key: Key, keys: HotKeys) {
    this.#key = key;
    this.#keys = keys;
    this.#demand = new Demand(keys.leasing.aheadMs);
  }

  /** A promise only where the store has to be asked. */
  take(now: number): SharedTaken | Promise<SharedTaken> {
    this.#demand.note(now);
    if (this.#units > 0 && now < this.due) return this.#spend('leased', now);
    if (now < this.#noneUntil) return this.#refuse('leased', now);
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      if (!this.#asking) this.#ask(now);
    });
  }

  /** A unit was not used: another call may have it while it is young. */
  takeBack(sentAt: number): void {
    if (sentAt === this.#sentAt && this.#keys.clock.now() < this.due && !this.#keys.disposed) {
      this.#units++;
      this.#keys.hold(this);
      return;
    }
    this.reset();
    this.#keys.meter.giveBack({ key: this.#key, units: 1, sentAt });
  }

  /** What the store said may be so no more. */
  reset(): void {
    this.#noneUntil = -Infinity;
  }

  fire(): void {
    this.#keys.leave(this);
    this.drop();
  }

  /** Gives back what is too old, or needed no more. */
  drop(): void {
    const units = this.#units;
    this.#units = 0;
    this.#keys.meter.giveBack({ key: this.#key, units, sentAt: this.#sentAt });
  }

  #ask(now: number): void {
    const { meter } = this.#keys;
    const ahead = this.#keys.ahead(this.#demand.expected(now));
    const want = Math.min(meter.most, this.#waiting.length + ahead);
    this.#asking = true;
    meter
      .askUpTo(this.#key, want, 1)
      .then((metered) => this.#hear(metered, now))
      .catch((error: unknown) => this.#lose(error));
  }

  #hear(metered: Metered, sentAt: number): void {
    assertMetered(metered, this.#keys.store);
    const now = this.#keys.clock.now();
    this.#asking = false;
    // Units of another age that came back meanwhile.
    const old = { key: this.#key, units: this.#units, sentAt: this.#sentAt };
    this.#keys.leave(this);
    this.#note(metered, now);
    this.#units = metered.units;
    this.#sentAt = sentAt;
    this.due = sentAt + this.#keys.leasing.keepMs;
    this.#serve(now);
    this.#keys.meter.giveBack(old);
    if (this.#waiting.length > 0) this.#ask(now);
    else if (this.#units > 0) this.#keep(now);
    this.#keys.answers.tally.flush();
  }

  #note({ units, remaining, moreMs, resetMs }: Metered, now: number): void {
    this.#remaining = remaining;
    this.#moreAt = now + Math.max(MICROSECOND_MS, moreMs);
    this.#resetAt = now + resetMs;
    // Also a store that gave nothing and says there is something must not be asked again and again.
    if (units === 0 || remaining === 0) this.#noneUntil = this.#moreAt;
  }

  /** However old the units are: those who wait would have them without any taken in advance, too. */
  #serve(now: number): void {
    let served = 0;
    for (const waiter of this.#waiting) {
      if (this.#units > 0) waiter.resolve(this.#spend('shared', now));
      else if (now < this.#noneUntil) waiter.resolve(this.#refuse('shared', now));
      else break;
      served++;
    }
    this.#waiting = this.#waiting.slice(served);
  }

  #keep(now: number): void {
    if (now < this.due && !this.#keys.disposed) this.#keys.hold(this);
    else this.drop();
  }

  #lose(error: unknown): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    this.#asking = false;
    for (const waiter of waiting) {
      try {
        waiter.resolve(this.#keys.lost({ key: this.#key, units: 1 }, error));
      } catch (unexpected) {
        waiter.reject(unexpected);
      }
    }
  }

  #spend(source: TakenSource, now: number): SharedAdmitted {
    const sentAt = this.#sentAt;
    this.#units--;
    const left = {
      remaining: this.#remaining + this.#units,
      moreMs: this.#resetAt > now ? Math.max(MICROSECOND_MS, this.#moreAt - now) : 0,
      resetMs: Math.max(0, this.#resetAt - now),
    };
    return this.#keys.answers.admit(source, left, { giveBack: () => this.takeBack(sentAt) });
  }

  #refuse(source: TakenSource, now: number): SharedTurned {
    const waitMs = this.#noneUntil - now;
    const left = { remaining: 0, moreMs: waitMs, resetMs: this.#resetAt - now };
    return this.#keys.answers.refuse(source, left, waitMs);
  }
}
