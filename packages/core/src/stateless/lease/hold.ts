import { HoldfastError } from '../../errors.ts';
import { deadlinesOf, type Deadline } from '../../runtime/deadline-queue.ts';
import type { Key } from '../key.ts';
import type { Leased } from '../store.ts';
import { LeaseSignal } from './lease-signal.ts';
import type { LeaseSettings } from './settings.ts';
import { askLease, giveBack } from './store-calls.ts';

/** What was asked for. */
export interface Claim {
  readonly userKey: string | undefined;
  readonly storeKey: Key;
}

/** A lease as the store gave it. */
export interface Grant extends Claim {
  readonly id: string;
  readonly fence: string;
  readonly holders: number;
  /** When it was asked for: by the clock of the store it began no earlier. */
  readonly sentAt: number;
}

/** Who is told that a lease is no longer held. */
export interface HoldKeeper {
  readonly settings: LeaseSettings;
  over(): void;
  lost(grant: Grant): void;
}

/** A lease that is held, and renewed until it is released, aborted or lost; itself the deadline of that. */
export class Hold implements Deadline {
  readonly keepsAlive = false;
  position = -1;
  due = 0;
  readonly grant: Grant;
  /** Called once, as the signal aborts. Must not throw. */
  onAbort: ((reason: unknown) => void) | undefined = undefined;
  readonly #keeper: HoldKeeper;
  readonly #ended = new LeaseSignal(() => this.#look());
  #reliableUntil: number;
  #renews = true;
  #failure: unknown = undefined;
  /** Since then the id is dead: whatever is granted to it must be given back. */
  #given: Promise<void> | undefined = undefined;

  constructor(grant: Grant, keeper: HoldKeeper) {
    const { leaseMs, reliedOnMs } = keeper.settings;
    this.grant = grant;
    this.#keeper = keeper;
    this.#reliableUntil = grant.sentAt + reliedOnMs;
    this.#arm(grant.sentAt + leaseMs / 3);
  }

  get signal(): AbortSignal {
    return this.#ended.signal;
  }

  get aborted(): boolean {
    return this.#ended.aborted;
  }

  get reason(): unknown {
    return this.#ended.reason;
  }

  release(): Promise<void> {
    this.#stop();
    this.#given ??= this.#giveBack();
    return this.#given;
  }

  /** Renews no longer, and tells the work to end. Until it has, the lease stays taken, if it lasts so long. */
  abort(reason: unknown): void {
    this.#stop();
    if (this.#ended.abort(reason)) this.onAbort?.(reason);
  }

  fire(): void {
    this.#look();
    if (this.#renews) this.#renew(this.#keeper.settings.clock.now());
  }

  #look(): void {
    if (this.#renews && this.#keeper.settings.clock.now() >= this.#reliableUntil) this.#lose();
  }

  #renew(now: number): void {
    const { settings } = this.#keeper;
    const { leaseMs, deadlineMs } = settings;
    // Where it fails, the next try; an answer that counts puts it off.
    this.#arm(now + Math.max(deadlineMs, leaseMs / 9));
    askLease(settings, this.grant.storeKey, this.grant.id).then(
      (leased) => this.#hear(leased, now),
      (error: unknown) => void (this.#failure = error),
    );
  }

  #hear(leased: Leased, sentAt: number): void {
    if (!this.#renews) {
      // This one was carried out after what gave it back.
      if (leased.held && this.#given !== undefined) void this.#giveBack();
    } else if (!leased.held) this.#lose();
    else if (this.#isSame(leased)) this.#prolong(sentAt);
    else {
      // It had ended, and is now granted anew: somebody may have held it in between.
      this.#given = this.#giveBack();
      this.#lose();
    }
  }

  /** The answers of a semaphore carry the fence of its latest holder, whoever that is. */
  #isSame(leased: Leased & { readonly held: true }): boolean {
    const { max } = this.#keeper.settings;
    return leased.renewed && (max > 1 || leased.fence === this.grant.fence);
  }

  #prolong(sentAt: number): void {
    const { leaseMs, reliedOnMs } = this.#keeper.settings;
    this.#failure = undefined;
    this.#reliableUntil = sentAt + reliedOnMs;
    this.#arm(sentAt + leaseMs / 3);
  }

  #lose(): void {
    const { name: policy } = this.#keeper.settings;
    this.abort(new HoldfastError({ code: 'HF_LEASE_LOST', policy, cause: this.#failure }));
    this.#keeper.lost(this.grant);
  }

  #giveBack(): Promise<void> {
    return giveBack(this.#keeper.settings, this.grant.storeKey, this.grant.id);
  }

  #stop(): void {
    if (!this.#renews) return;
    this.#renews = false;
    const queue = deadlinesOf(this.#keeper.settings.clock);
    queue.remove(this);
    queue.tidy();
    this.#keeper.over();
  }

  #arm(due: number): void {
    const queue = deadlinesOf(this.#keeper.settings.clock);
    queue.remove(this);
    this.due = Math.min(due, this.#reliableUntil);
    queue.add(this);
  }
}
