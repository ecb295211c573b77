/** Whom a hint goes to. */
export interface Watching {
  hint(key: string): void;
}

/** Which workers watch which keys. */
export class HostWatches {
  readonly #ofKey = new Map<string, Set<Watching>>();

  add(key: string, watching: Watching): void {
    const all = this.#ofKey.get(key);
    if (all === undefined) this.#ofKey.set(key, new Set([watching]));
    else all.add(watching);
  }

  remove(key: string, watching: Watching): void {
    const all = this.#ofKey.get(key);
    if (all?.delete(watching) === true && all.size === 0) this.#ofKey.delete(key);
  }

  tell(key: string): void {
    const all = this.#ofKey.get(key);
    if (all !== undefined) for (const watching of all) watching.hint(key);
  }
}
