/** More than anybody is told of. */
const MOST_NAMES = 20;

/** What of an answer was left out. */
export class Dropped {
  /** How many values. */
  count = 0;
  /** By name of their family: what was wrong with the first. */
  readonly reasons: Map<string, string> = new Map();

  add(name: string, reason: string, count: number): void {
    if (count === 0) return;
    this.count += count;
    if (this.reasons.size < MOST_NAMES && !this.reasons.has(name)) this.reasons.set(name, reason);
  }
}
