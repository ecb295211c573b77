/** In characters; the newest event is kept whatever its size. */
const MAX_HELD = 1_048_576;

/** Lines of events that wait for a slow reader. Where they are too many the oldest go, and are counted. */
export class HeldEvents {
  #lines: string[] = [];
  #length = 0;
  #missed = 0;

  add(line: string): void {
    this.#lines.push(line);
    this.#length += line.length;
    while (this.#length > MAX_HELD && this.#lines.length > 1) {
      this.#length -= this.#lines.shift()?.length ?? 0;
      this.#missed += 1;
    }
  }

  /** All of them, after the count of those that are gone; empty where there are none. */
  take(): string {
    const count = this.#missed === 0 ? '' : `${JSON.stringify({ missed: this.#missed })}\n`;
    const text = count + this.#lines.join('');
    this.#lines = [];
    this.#length = 0;
    this.#missed = 0;
    return text;
  }
}
