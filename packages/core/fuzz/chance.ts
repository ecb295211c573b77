/** Repeatable chance, fast enough for millions of inputs (xorshift, Marsaglia 2003). */
export class Chance {
  #state: number;

  constructor(seed: number) {
    // Neighbouring seeds must not begin alike, and 0 would stay 0.
    this.#state = Math.imul(seed ^ 0x9e_37_79_b9, 0x85_eb_ca_6b) | 1;
    for (let turn = 0; turn < 8; turn++) this.#next();
  }

  /** A whole number from 0, below `limit`. */
  below(limit: number): number {
    return Math.floor((this.#next() / 2 ** 32) * limit);
  }

  /** True once in `times`. */
  once(times: number): boolean {
    return this.below(times) === 0;
  }

  /** A whole number from 0, short ones as often as long ones. */
  magnitude(digits: number): number {
    return this.below(10 ** this.below(digits + 1));
  }

  pick<T>(choices: ArrayLike<T>): T {
    const choice = choices[this.below(choices.length)];
    if (choice === undefined) throw new RangeError('nothing to choose from');
    return choice;
  }

  #next(): number {
    let state = this.#state;
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    this.#state = state;
    return state >>> 0;
  }
}
