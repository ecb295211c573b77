const MOST_NAMES = 200;
const OTHER = 'other';

/** Names that become labels: the first 200, and `other` for all that come after. */
export class LabelNames {
  readonly #names: Set<string> = new Set();

  of(name: string): string {
    if (!this.#names.has(name)) {
      if (this.#names.size >= MOST_NAMES) return OTHER;
      this.#names.add(name);
    }
    return name;
  }
}
