import { deadlinesOf, type Deadline, type DeadlineQueue } from '../../runtime/deadline-queue.ts';
import { key, type Key } from '../key.ts';
import { newLeaseId } from '../lease/lease-id.ts';
import type { Leased } from '../store.ts';
import { inBackground } from './background.ts';
import type { SharedSettings } from './settings.ts';
import { assertHolders } from './store-answer.ts';

/** Who is not heard of for this long counts no more. */
const LEASE_MS = 15_000;
const BEAT_MS = LEASE_MS / 3;
/** More than ever share one limit. */
const MOST = 1_000_000;

/** Of limits with other numbers, as those of another tariff, none has a share of these. */
const keyFor = ({ tenant, name, numbers }: SharedSettings): Key => {
  const kind =
    'rate' in numbers ? `${numbers.rate}~${numbers.burst}` : `${numbers.quota}-${numbers.windowMs}`;
  return key('instances', tenant, name, kind);
};

/**
 * Knows how many use a limit: each is one of the holders of a lease, which it renews while it is used, and
 * the store says how many there are. While the store is lost the last number holds.
 */
export class Instances implements Deadline {
  due = 0;
  position = -1;
  readonly keepsAlive = false;
  readonly #settings: SharedSettings;
  readonly #queue: DeadlineQueue;
  readonly #onChange: (live: number) => void;
  readonly #key: Key;
  readonly #lease = {
    max: MOST,
    leaseMs: LEASE_MS,
    id: newLeaseId(),
  };
  #begun = false;
  #used = false;
  /** What the store said last. */
  #holders = 1;
  #live = 1;
  #disposed = false;

  /** `onChange` must not throw. */
  constructor(settings: SharedSettings, onChange: (live: number) => void) {
    this.#settings = settings;
    this.#queue = deadlinesOf(settings.clock);
    this.#onChange = onChange;
    this.#key = keyFor(settings);
  }

  /** How many there are; no less than the last two answers of the store. */
  get live(): number {
    return this.#live;
  }

  use(): void {
    this.#used = true;
    if (this.position < 0) this.#beat();
  }

  /** Without a call since the last beat there is no further one: the lease ends by itself. */
  fire(): void {
    if (this.#used) this.#beat();
  }

  dispose(): void {
    this.#disposed = true;
    if (this.#begun) this.#end();
  }

  #end(): void {
    const { store, deadlineMs } = this.#settings;
    this.#queue.remove(this);
    this.#queue.tidy();
    inBackground(() => store.release(this.#key, this.#lease, { deadlineMs }));
  }

  #beat(): void {
    const { store, clock, deadlineMs } = this.#settings;
    this.#used = false;
    this.#begun = true;
    this.due = clock.now() + BEAT_MS;
    this.#queue.add(this);
    inBackground(async () => this.#hear(await store.lease(this.#key, this.#lease, { deadlineMs })));
  }

  /**
   * After an outage the first to be back is told that it is alone, until the others are back, too. So the
   * number falls only when the store has said so twice.
   */
  #hear({ holders }: Leased): void {
    assertHolders(holders, this.#settings.store);
    const live = Math.max(1, holders, this.#holders);
    this.#holders = holders;
    if (this.#disposed || live === this.#live) return;
    this.#live = live;
    this.#onChange(live);
  }
}
