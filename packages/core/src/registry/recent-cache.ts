/**
 * What was asked for lately, at most `most` of it. Two generations, each of half the size: when the
 * young one is full the old one is dropped as a whole and the young one grows old, so that no newcomer
 * pays for a search; what is asked for meanwhile is young again.
 */
export class RecentCache<Value extends object> {
  readonly #half: number;
  #young = new Map<string, Value>();
  #old = new Map<string, Value>();

  /** `most` is at least 2. */
  constructor(most: number) {
    this.#half = Math.floor(most / 2);
  }

  get size(): number {
    return this.#young.size + this.#old.size;
  }

  get(key: string): Value | undefined {
    return this.#young.get(key) ?? this.#renewed(key);
  }

  set(key: string, value: Value): void {
    if (this.#young.size >= this.#half) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(key, value);
  }

  #renewed(key: string): Value | undefined {
    const value = this.#old.get(key);
    if (value !== undefined) this.set(key, value);
    return value;
  }
}
