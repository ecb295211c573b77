import { key, type Key } from '../../../src/stateless/key.ts';
import type { Count, Lease, Store, Take, Write } from '../../../src/stateless/store.ts';
import type { Random } from '../../../src/runtime/clock.ts';

/** What is asked of a store, and of which key. */
export type Ask =
  | { readonly does: 'take'; readonly key: Key; readonly take: Take }
  | { readonly does: 'count'; readonly key: Key; readonly count: Count }
  | { readonly does: 'lease'; readonly key: Key; readonly lease: Lease }
  | { readonly does: 'release'; readonly key: Key; readonly lease: Lease }
  | { readonly does: 'read'; readonly key: Key }
  | { readonly does: 'write'; readonly key: Key; readonly write: Write }
  | { readonly does: 'touch'; readonly key: Key; readonly ttlMs: number }
  | { readonly does: 'remove'; readonly key: Key; readonly tombstoneMs: number };

/** What is asked, and what the clock of the store says then. */
export type Step = Ask & { readonly now: number };

/** A store, or what decides for one without promises. */
export type Decider = {
  [Name in Ask['does']]: (...args: Parameters<Store[Name]>) => unknown;
};

const OPERATION = { deadlineMs: 5_000 };

/** What a store answers to a step, or a promise of that. */
export const perform = (store: Decider, step: Ask): unknown => {
  switch (step.does) {
    case 'take':
      return store.take(step.key, step.take, OPERATION);
    case 'count':
      return store.count(step.key, step.count, OPERATION);
    case 'lease':
      return store.lease(step.key, step.lease, OPERATION);
    case 'release':
      return store.release(step.key, step.lease, OPERATION);
    case 'read':
      return store.read(step.key, OPERATION);
    case 'write':
      return store.write(step.key, step.write, OPERATION);
    case 'touch':
      return store.touch(step.key, step.ttlMs, OPERATION);
    case 'remove':
      return store.remove(step.key, { tombstoneMs: step.tombstoneMs }, OPERATION);
  }
};

/** An answer as a text: two are the same if all their numbers are, to the last bit. */
export const told = (answer: unknown): string => {
  const { data } = Object(answer) as { readonly data?: Uint8Array };
  const plain = data === undefined ? answer : { ...Object(answer), data: [...data] };
  return JSON.stringify(plain) ?? 'nothing';
};

/** As far as a clock is off, to either side. */
const OFF_MS = 30_000;
/** The time of day of a server. */
const BEGIN = 1_700_000_000_000;

const KEYS = ['a', 'b', 'c', '__proto__'].map((name) => key('model', 'default', name));
const IDS = ['one', 'two', 'three', 'four', 'five'];
const RATES = [5_000, 1, 0.02, 1 / 3_000, 1e-5];
const BURSTS = [1, 3, 10, 10, 10, 1_000];
const QUOTAS = [1, 4, 20, 20, 20];
const WINDOWS = [5, 1_000 / 3, 1_000, 60_000, 60_000];
const LEASES = [1, 50, 1_000, 30_000, 40_000];
const TTLS = [0.5, 20.25, 1_000, 45_000, 45_000];
const ENDS = [undefined, undefined, 300.5, 60_000];
const TOMBSTONES = [0, 0.25, 500, 60_000];
const MODES = ['create', 'cas', 'cas', 'cas', 'force'] as const;

/** Steps by chance, on few keys, so that much happens to each. Tell it the answers, it makes use of them. */
export class StepSource {
  readonly #random: Random;
  #true = BEGIN;
  #off = 0;
  /** The span that was seen last of each key, and the version. */
  readonly #spans = new Map<Key, number>();
  readonly #versions = new Map<Key, number>();

  constructor(random: Random) {
    this.#random = random;
  }

  next(): Step {
    this.#true += this.#gap();
    if (this.#random() < 0.05) this.#off = (2 * this.#random() - 1) * OFF_MS;
    return { ...this.#ask(), now: this.#true + this.#off };
  }

  saw({ key: asked }: Step, answer: unknown): void {
    const { span, version } = Object(answer) as { span?: number; version?: number };
    if (span !== undefined) this.#spans.set(asked, span);
    if (version !== undefined) this.#versions.set(asked, version);
  }

  #gap(): number {
    const roll = this.#random();
    if (roll < 0.3) return 0;
    if (roll < 0.6) return this.#random() * 10;
    if (roll < 0.9) return Math.floor(this.#random() * 300);
    return this.#random() * (roll < 0.99 ? 2_000 : 30_000);
  }

  #ask(): Ask {
    const asked = this.#oneOf(KEYS);
    const roll = this.#random();
    if (roll < 0.25) return { does: 'take', key: asked, take: this.#take() };
    if (roll < 0.5) return { does: 'count', key: asked, count: this.#count(asked) };
    if (roll < 0.7) return { does: 'lease', key: asked, lease: this.#lease() };
    if (roll < 0.75) return { does: 'release', key: asked, lease: this.#lease() };
    if (roll < 0.8) return { does: 'read', key: asked };
    if (roll < 0.93) return { does: 'write', key: asked, write: this.#write(asked) };
    if (roll < 0.97) return { does: 'touch', key: asked, ttlMs: this.#oneOf(TTLS) };
    return { does: 'remove', key: asked, tombstoneMs: this.#oneOf(TOMBSTONES) };
  }

  #take(): Take {
    const burst = this.#oneOf(BURSTS);
    const numbers = { unitsPerMs: this.#oneOf(RATES), burst };
    const want = this.#units(burst);
    // Of a unit that was taken a while ago only a part is given back.
    if (want < 0) return { ...numbers, want: want * this.#random() };
    if (this.#random() < 0.6) return { ...numbers, want };
    return { ...numbers, want: want * 2, min: this.#whole(0, want) };
  }

  #count(asked: Key): Count {
    const quota = this.#oneOf(QUOTAS);
    const numbers = { quota, windowMs: this.#oneOf(WINDOWS) };
    const cost = this.#units(quota);
    if (cost >= 0) return { ...numbers, cost };
    const span = Math.max(0, (this.#spans.get(asked) ?? 0) - this.#whole(-2, 6));
    return { ...numbers, cost, span };
  }

  /** Mostly few, sometimes none, or some to be given back. */
  #units(most: number): number {
    const roll = this.#random();
    if (roll < 0.1) return 0;
    if (roll < 0.25) return -this.#whole(1, most);
    return roll < 0.6 ? 1 : this.#whole(1, most);
  }

  #lease(): Lease {
    return { max: this.#whole(1, 3), leaseMs: this.#oneOf(LEASES), id: this.#oneOf(IDS) };
  }

  #write(asked: Key): Write {
    const known = this.#versions.get(asked) ?? 1;
    const version = this.#random() < 0.8 ? Math.max(1, known) : this.#whole(1, 4);
    const data = Uint8Array.from({ length: this.#whole(0, 3) }, () => this.#whole(0, 255));
    const [mode, ttlMs] = [this.#oneOf(MODES), this.#oneOf(TTLS)];
    return { mode, version, data, ttlMs, absoluteMs: this.#oneOf(ENDS) };
  }

  #whole(from: number, to: number): number {
    return from + Math.floor(this.#random() * (to - from + 1));
  }

  #oneOf<T>(values: readonly T[]): T {
    return values[Math.floor(this.#random() * values.length)] as T;
  }
}
