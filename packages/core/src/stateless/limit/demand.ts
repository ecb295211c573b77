/** How many calls a key had in the last whole span of time. */
export class Demand {
  readonly #spanMs: number;
  #since = -Infinity;
  #calls = 0;
  #before = 0;

  constructor(spanMs: number) {
    this.#spanMs = spanMs;
  }

  note(now: number): void {
    this.#goOn(now);
    this.#calls++;
  }

  /** What a span of time from now on will bring, if it is as the last one. */
  expected(now: number): number {
    this.#goOn(now);
    return this.#before;
  }

  #goOn(now: number): void {
    const passed = now - this.#since;
    if (passed < this.#spanMs) return;
    const follows = passed < 2 * this.#spanMs;
    this.#before = follows ? this.#calls : 0;
    this.#since = follows ? this.#since + this.#spanMs : now;
    this.#calls = 0;
  }
}
