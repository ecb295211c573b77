import fc from 'fast-check';
import type { VirtualClock } from '../../../src/testing/index.ts';
import { sharedRateLimit } from '../../../src/stateless/index.ts';
import type {
  SharedRateLimit,
  SharedRateLimitOptions,
  SharedTaken,
} from '../../../src/stateless/index.ts';
import type { Taking } from '../../rate-limit/promises.ts';
import { FaultStore, type Command, type Latency } from './fault-store.ts';

export type Numbers =
  | { readonly rate: number; readonly burst: number }
  | { readonly quota: number; readonly windowMs: number };

export const rates: fc.Arbitrary<{ readonly rate: number; readonly burst: number }> = fc.record({
  rate: fc.constantFrom(1, 3, 10, 50),
  burst: fc.integer({ min: 1, max: 8 }),
});

export const quotas: fc.Arbitrary<{ readonly quota: number; readonly windowMs: number }> =
  fc.record({
    quota: fc.integer({ min: 1, max: 8 }),
    windowMs: fc.constantFrom(100, 999, 2_000),
  });

export const durations: fc.Arbitrary<number> = fc.oneof(
  fc.integer({ min: 0, max: 10 }),
  fc.integer({ min: 0, max: 60 }),
  fc.integer({ min: 0, max: 1_500 }),
);

export const latencies: fc.Arbitrary<Latency> = fc.oneof(
  fc.constant({ thereMs: 0, backMs: 0 }),
  fc.record({ thereMs: fc.integer({ min: 0, max: 60 }), backMs: fc.integer({ min: 0, max: 20 }) }),
);

/** A call, and what became of it. */
export interface Call {
  readonly key: string;
  readonly units: number;
  /** What the store was asked for it, where that was at once. */
  readonly command: Command | undefined;
  taken: SharedTaken | undefined;
  settledAt: number;
  returned: boolean;
}

/** Several instances of one limit, each with its own way to the one store. */
export class Fleet {
  readonly calls: Call[] = [];
  readonly stores: FaultStore[] = [];
  readonly limits: SharedRateLimit[] = [];
  readonly #clock: VirtualClock;

  constructor(
    clock: VirtualClock,
    instances: number,
    options: Omit<Partial<SharedRateLimitOptions>, 'store'>,
  ) {
    this.#clock = clock;
    const first = new FaultStore(clock);
    for (let instance = 0; instance < instances; instance++) {
      const store = instance === 0 ? first : first.another();
      this.stores.push(store);
      this.limits.push(sharedRateLimit({ ...options, store, clock } as SharedRateLimitOptions));
    }
  }

  take(instance: number, key: string, units: number): void {
    const store = this.#of(this.stores, instance);
    const before = store.commands.length;
    const promise = this.#of(this.limits, instance).take({ key, cost: units });
    const command = store.commands.slice(before).find(({ name }) => name !== 'lease');
    const call: Call = {
      key,
      units,
      command,
      taken: undefined,
      settledAt: Number.NaN,
      returned: false,
    };
    this.calls.push(call);
    void promise.then((taken) => {
      call.taken = taken;
      call.settledAt = this.#clock.now();
    });
  }

  /** Gives the units of one of the last calls back. */
  giveBack(which: number): void {
    const kept = this.calls.filter(({ taken, returned }) => taken?.admitted === true && !returned);
    const call = kept.at(-1 - which);
    if (call?.taken?.admitted !== true) return;
    call.returned = true;
    call.taken.giveBack();
  }

  setLatency(latency: Latency): void {
    for (const store of this.stores) store.latency = latency;
  }

  /** What was taken for good, by the time that `at` says. */
  kept(key: string, sources: readonly string[], at: (call: Call) => number): Taking[] {
    return this.calls
      .filter((call) => call.key === key && !call.returned)
      .filter(({ taken }) => taken?.admitted === true && sources.includes(taken.source))
      .map((call) => ({ at: at(call), units: call.units }))
      .toSorted((one, other) => one.at - other.at);
  }

  #of<Member>(members: readonly Member[], instance: number): Member {
    const member = members[instance % members.length];
    if (member === undefined) throw new Error('a fleet has one instance at least');
    return member;
  }
}
