import { HoldfastError } from '../../errors.ts';
import { storeChannel } from '../../events/channels.ts';
import { Emitter, type Tap } from '../../events/emitter.ts';
import type { Key } from '../key.ts';
import { isStoreError, StoreError } from '../store-error.ts';
import type { Leased } from '../store.ts';
import { Hold, type Claim, type Grant, type HoldKeeper } from './hold.ts';
import { newLeaseId } from './lease-id.ts';
import type { LeaseSettings } from './settings.ts';
import { askLease, giveBack } from './store-calls.ts';
import type { LeaseEvents } from './types.ts';
import type { Obtained, Wait } from './waiter.ts';
import { WaitingLine, type LineKeeper } from './waiting-line.ts';

/** Never the key on the channel: metrics take their labels from it. */
const tap: Tap<LeaseEvents> = {
  hears: () => storeChannel.hasSubscribers,
  publish: (_name, { name }) => storeChannel.publish({ type: 'lease-lost', name }),
};

/** What somebody wants, and how long it waits. */
export interface Wish {
  readonly key: string | undefined;
  /** One who waits without end does not keep the process alive. */
  readonly waitMs: number;
  readonly signal: AbortSignal | undefined;
}

/** Whether the store may have granted what it failed to answer. */
const mayBeHeld = (error: unknown): boolean => !isStoreError(error) || error.failure === 'unknown';

/** Lets go at once whoever gives up. The store is not told: its answer says what is to be given back. */
const unlessAborted = (asked: Promise<Obtained>, signal: AbortSignal): Promise<Obtained> =>
  new Promise((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    asked.then(
      (obtained) => {
        signal.removeEventListener('abort', onAbort);
        if (!signal.aborted) resolve(obtained);
        else if (obtained instanceof Hold) void obtained.release();
      },
      (error: unknown) => {
        signal.removeEventListener('abort', onAbort);
        reject(error);
      },
    );
  });

/** The leases of one name that this process holds and waits for. */
export class Leases implements HoldKeeper, LineKeeper {
  readonly settings: LeaseSettings;
  readonly events: Emitter<LeaseEvents> = new Emitter(tap);
  held = 0;
  waiting = 0;
  acquired = 0;
  refused = 0;
  losses = 0;
  #disposed = false;
  readonly #lines = new Map<Key, WaitingLine>();

  constructor(settings: LeaseSettings) {
    this.settings = settings;
  }

  /** Rejects with what a store failed with, the reason of an abort, or `HF_DISPOSED`. */
  async obtain(wish: Wish): Promise<Obtained> {
    if (wish.signal?.aborted === true) throw wish.signal.reason;
    const obtained = await this.#obtain(wish);
    if (!(obtained instanceof Hold)) this.refused++;
    return obtained;
  }

  /** Asks the store once, with an id that was never used. What comes too late to be relied on is given back. */
  async ask(claim: Claim): Promise<Obtained> {
    const id = newLeaseId();
    const sentAt = this.settings.clock.now();
    const leased = await this.#leased(claim, id);
    if (!leased.held) return leased;
    const { fence, holders } = leased;
    return this.#accept({ ...claim, id, fence, holders, sentAt });
  }

  left(line: WaitingLine, rest: number): void {
    this.waiting--;
    const { storeKey } = line.claim;
    if (rest === 0 && this.#lines.get(storeKey) === line) this.#lines.delete(storeKey);
  }

  over(): void {
    this.held--;
  }

  lost({ userKey: key, fence }: Grant): void {
    this.losses++;
    this.events.emit('lost', { name: this.settings.name, key, fence });
    this.events.flush(undefined);
  }

  /** What is held stays so. Those who wait are turned away when nothing of theirs is under way. */
  dispose(): void {
    this.#disposed = true;
    for (const line of this.#lines.values()) line.close(this.#disposedError());
  }

  async #obtain({ key: userKey, waitMs, signal }: Wish): Promise<Obtained> {
    if (this.#disposed) throw this.#disposedError();
    const claim = { userKey, storeKey: this.settings.keyOf(userKey) };
    if (waitMs === 0 || this.waiting >= this.settings.maxWaiting) {
      const obtained = this.#askOnce(claim);
      return signal === undefined ? obtained : unlessAborted(obtained, signal);
    }
    return this.#join(claim, { until: this.settings.clock.now() + waitMs, signal });
  }

  async #askOnce(claim: Claim): Promise<Obtained> {
    const obtained = await this.ask(claim);
    if (!this.#disposed || !(obtained instanceof Hold)) return obtained;
    await obtained.release();
    throw this.#disposedError();
  }

  /** The first one to wait for a key has it asked for at once. */
  #join(claim: Claim, wait: Wait): Promise<Obtained> {
    const known = this.#lines.get(claim.storeKey);
    const line = known ?? new WaitingLine(claim, this);
    this.waiting++;
    const obtained = line.join(wait);
    if (known === undefined) {
      this.#lines.set(claim.storeKey, line);
      line.fire();
    }
    return obtained;
  }

  async #leased({ storeKey }: Claim, id: string): Promise<Leased> {
    try {
      return await askLease(this.settings, storeKey, id);
    } catch (error) {
      if (mayBeHeld(error)) void giveBack(this.settings, storeKey, id);
      throw error;
    }
  }

  #accept(grant: Grant): Hold {
    const { clock, reliedOnMs, store } = this.settings;
    if (clock.now() >= grant.sentAt + reliedOnMs) {
      void giveBack(this.settings, grant.storeKey, grant.id);
      throw new StoreError(store.name, 'unknown');
    }
    this.held++;
    this.acquired++;
    return new Hold(grant, this);
  }

  #disposedError(): HoldfastError {
    return new HoldfastError({ code: 'HF_DISPOSED', policy: this.settings.name });
  }
}
