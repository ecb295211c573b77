import { RecentCache } from '../../registry/recent-cache.ts';
import type { Clock } from '../../runtime/clock.ts';
import { DeadlineLane } from '../../runtime/deadline-lane.ts';
import { deadlinesOf } from '../../runtime/deadline-queue.ts';
import type { Key } from '../key.ts';
import type { Store } from '../store.ts';
import type { Answers } from './answers.ts';
import type { Wish } from './fallback.ts';
import { HotKey } from './hot-key.ts';
import type { RateMeter } from './meter.ts';
import type { Leasing, SharedSettings } from './settings.ts';
import type { SharedTaken } from './types.ts';

/** What keys that are leased have in common. */
interface HotKeysParts {
  readonly meter: RateMeter;
  readonly answers: Answers;
  /** Decides, and counts, when the store could not. Throws an error that is none of the store's. */
  readonly lost: (wish: Wish, error: unknown) => SharedTaken;
}

/** Keys whose units this process takes in advance, the most recent ones. */
export class HotKeys {
  readonly leasing: Leasing;
  readonly clock: Clock;
  readonly store: Store;
  readonly meter: RateMeter;
  readonly answers: Answers;
  readonly lost: (wish: Wish, error: unknown) => SharedTaken;
  disposed = false;
  readonly #recent: RecentCache<HotKey>;
  readonly #lane: DeadlineLane;
  /** Those that have units. */
  readonly #holding = new Set<HotKey>();

  constructor({ clock, store, maxKeys }: SharedSettings, leasing: Leasing, parts: HotKeysParts) {
    this.leasing = leasing;
    this.clock = clock;
    this.store = store;
    this.meter = parts.meter;
    this.answers = parts.answers;
    this.lost = parts.lost;
    this.#recent = new RecentCache(Math.max(2, maxKeys));
    this.#lane = new DeadlineLane(deadlinesOf(clock));
  }

  take(key: Key): SharedTaken | Promise<SharedTaken> {
    let hot = this.#recent.get(key);
    if (hot === undefined) {
      hot = new HotKey(key, this);
      this.#recent.set(key, hot);
    }
    return hot.take(this.clock.now());
  }

  reset(key: Key): void {
    this.#recent.get(key)?.reset();
  }

  /** How many units to take in advance where so many calls are expected. */
  ahead(expected: number): number {
    return Math.min(expected, this.leasing.maxUnits);
  }

  /** Has a key drop its units when they are due. */
  hold(hot: HotKey): void {
    if (this.#holding.has(hot)) return;
    this.#holding.add(hot);
    this.#lane.add(hot);
  }

  leave(hot: HotKey): void {
    if (this.#holding.delete(hot)) this.#lane.remove(hot);
  }

  dispose(): void {
    this.disposed = true;
    for (const hot of this.#holding) {
      this.leave(hot);
      hot.drop();
    }
    this.#lane.tidy();
    deadlinesOf(this.clock).tidy();
  }
}
