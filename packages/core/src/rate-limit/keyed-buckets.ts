import type { Bucket, Limit } from './bucket.ts';

/** How many old keys are looked at for each new one. */
const LOOKS = 2;
const LOOKS_WHEN_FULL = 8;
/** While there is room a key is kept for this long, so that one that comes back need not begin anew. */
const KEEP_MS = 60_000;

/** A key that may be forgotten. */
interface Found {
  readonly key: string;
  readonly freshAt: number;
}

/**
 * A bucket for each key, and only so many. Nothing happens in the background: each new key looks at
 * a few old ones, in turn, and forgets those that are as new for a minute; where there is no room, those
 * that are as new, or else the one of them that is nearest to it. A key for which somebody waits is
 * never forgotten: where all have such, newcomers share one bucket.
 */
export class KeyedBuckets {
  maxKeys: number;
  evicted = 0;
  #limit: Limit;
  /** For calls without a key. */
  #keyless: Bucket;
  /** For keys that find no room. */
  #overflow: Bucket;
  readonly #buckets = new Map<string, Bucket>();
  /** Goes round and round: what it has passed gets a second chance. */
  #hand: Iterator<[string, Bucket], unknown> = this.#buckets.entries();

  constructor(limit: Limit, maxKeys: number) {
    this.maxKeys = maxKeys;
    this.#limit = limit;
    this.#keyless = limit.create();
    this.#overflow = limit.create();
  }

  get size(): number {
    return this.#buckets.size;
  }

  of(key: string | undefined, now: number): Bucket {
    if (key === undefined) return this.#keyless;
    return this.#buckets.get(key) ?? this.#add(key, now);
  }

  /** The bucket a key has, or the one it would get. */
  find(key: string | undefined): Bucket {
    return key === undefined ? this.#keyless : (this.#buckets.get(key) ?? this.#limit.create());
  }

  clear(key: string | undefined, now: number): void {
    if (key !== undefined) this.find(key).clear(now);
    else for (const bucket of this.#all()) bucket.clear(now);
  }

  /** Goes on under another limit; one of another kind begins with nothing used. */
  change(limit: Limit, maxKeys: number, now: number): void {
    this.#limit = limit;
    this.maxKeys = maxKeys;
    this.#keyless = this.#adopted(this.#keyless, now);
    this.#overflow = this.#adopted(this.#overflow, now);
    for (const [key, bucket] of this.#buckets) this.#buckets.set(key, this.#adopted(bucket, now));
    for (let looks = this.size; looks > 0 && this.size > maxKeys; looks--) this.#makeRoom(now);
  }

  forgetAll(): void {
    this.#buckets.clear();
  }

  *#all(): IterableIterator<Bucket> {
    yield this.#keyless;
    yield this.#overflow;
    yield* this.#buckets.values();
  }

  #adopted(bucket: Bucket, now: number): Bucket {
    return this.#limit.adopt(bucket, now) ? bucket : moved(bucket, this.#limit.create());
  }

  #add(key: string, now: number): Bucket {
    this.#makeRoom(now);
    if (this.size >= this.maxKeys) return this.#overflow;
    const bucket = this.#limit.create();
    this.#buckets.set(key, bucket);
    return bucket;
  }

  #makeRoom(now: number): void {
    const full = this.size >= this.maxKeys;
    const looks = Math.min(this.size, full ? LOOKS_WHEN_FULL : LOOKS);
    const forgetUntil = full ? now : now - KEEP_MS;
    let nearest: Found | undefined;
    for (let look = 0; look < looks; look++) {
      const found = this.#lookAtNext(forgetUntil);
      if (found !== undefined && found.freshAt < (nearest?.freshAt ?? Infinity)) nearest = found;
    }
    if (nearest === undefined || this.size < this.maxKeys) return;
    this.#buckets.delete(nearest.key);
    this.evicted++;
  }

  /** Forgets the next key in turn if it was as new by then; else answers it, if it may be forgotten. */
  #lookAtNext(forgetUntil: number): Found | undefined {
    const entry = this.#next();
    if (entry === undefined || entry[1].line !== undefined) return undefined;
    const [key, bucket] = entry;
    const freshAt = bucket.freshAt();
    if (freshAt > forgetUntil) return { key, freshAt };
    this.#buckets.delete(key);
    return undefined;
  }

  #next(): [string, Bucket] | undefined {
    let step = this.#hand.next();
    if (step.done === true) {
      this.#hand = this.#buckets.entries();
      step = this.#hand.next();
    }
    return step.done === true ? undefined : step.value;
  }
}

/** Those who wait go on waiting, for units of another bucket. */
const moved = (from: Bucket, to: Bucket): Bucket => {
  to.line = from.line;
  from.line = undefined;
  if (to.line !== undefined) to.line.bucket = to;
  return to;
};
