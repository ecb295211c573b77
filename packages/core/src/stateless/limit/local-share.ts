import type { Bucket, Limit } from '../../rate-limit/bucket.ts';
import { GcraLimit } from '../../rate-limit/gcra-bucket.ts';
import { KeyedBuckets } from '../../rate-limit/keyed-buckets.ts';
import type { Settings } from '../../rate-limit/settings.ts';
import { leftFor } from '../../rate-limit/take.ts';
import { WindowLimit } from '../../rate-limit/window-bucket.ts';
import type { Key } from '../key.ts';
import { NOTHING, type Answers, type Returnable } from './answers.ts';
import type { Fallback, Wish } from './fallback.ts';
import { Instances } from './instances.ts';
import type { SharedSettings } from './settings.ts';
import type { SharedTaken } from './types.ts';

/** At least one, or nobody would be admitted where there are more instances than units. */
const shareOf = (units: number, instances: number): number =>
  Math.max(1, Math.floor(units / instances));

/** What one of so many may admit by itself. */
const localLimit = (numbers: Settings['numbers'], instances: number): Limit => {
  if ('quota' in numbers)
    return new WindowLimit({
      quota: shareOf(numbers.quota, instances),
      windowMs: numbers.windowMs,
    });
  const unitsPerMs = numbers.rate / instances / 1_000;
  return new GcraLimit({ unitsPerMs, burst: shareOf(numbers.burst, instances) });
};

/** While the store is lost each process decides by its own share of the limit. */
export class LocalShare implements Fallback {
  readonly #settings: SharedSettings;
  readonly #answers: Answers;
  readonly #instances: Instances;
  readonly #buckets: KeyedBuckets;

  constructor(settings: SharedSettings, answers: Answers) {
    const { numbers, maxKeys, clock } = settings;
    this.#settings = settings;
    this.#answers = answers;
    this.#buckets = new KeyedBuckets(localLimit(numbers, 1), maxKeys);
    this.#instances = new Instances(settings, (live) =>
      this.#buckets.change(localLimit(numbers, live), maxKeys, clock.now()),
    );
  }

  get keys(): number {
    return this.#buckets.size;
  }

  get instances(): number {
    return this.#instances.live;
  }

  use(): void {
    this.#instances.use();
  }

  take({ key, units }: Wish): SharedTaken {
    const now = this.#settings.clock.now();
    const bucket = units === 0 ? this.#buckets.find(key) : this.#buckets.of(key, now);
    if (units === 0) return this.#answers.admit('local', leftFor(bucket, now), NOTHING);
    if (bucket.room(now) >= units) {
      bucket.take(units, now);
      const receipt = this.#receipt(bucket, units, now);
      return this.#answers.admit('local', leftFor(bucket, now), receipt);
    }
    const waitMs = units > bucket.most ? undefined : bucket.waitMs(units, now);
    return this.#answers.refuse('local', leftFor(bucket, now), waitMs);
  }

  reset(key: Key): void {
    this.#buckets.clear(key, this.#settings.clock.now());
  }

  [Symbol.dispose](): void {
    this.#instances.dispose();
    this.#buckets.forgetAll();
  }

  #receipt(bucket: Bucket, units: number, now: number): Returnable {
    const receipt = bucket.receipt(units, now);
    return { giveBack: () => receipt.giveBack(this.#settings.clock.now()) };
  }
}
