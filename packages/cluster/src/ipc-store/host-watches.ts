/** Whom a hint goes to. */
export interface Watching {
  hint(key: string): void;
}

/** Beside the letters of its key, about. */
const WATCH_BYTES = 256;

const sizeOf = (key: string): number => WATCH_BYTES + 2 * key.length;

/** Which workers watch which keys. */
export class HostWatches {
  readonly #room: { left: number };
  readonly #ofKey = new Map<string, Set<Watching>>();

  /** `room`: how many bytes there are for keys, which others may share. */
  constructor(room: { left: number }) {
    this.#room = room;
  }

  /** Answers whether there is room for it, or it is there already. */
  add(key: string, watching: Watching): boolean {
    const all = this.#ofKey.get(key);
    if (all?.has(watching) === true) return true;
    const size = sizeOf(key);
    if (size > this.#room.left) return false;
    this.#room.left -= size;
    if (all === undefined) this.#ofKey.set(key, new Set([watching]));
    else all.add(watching);
    return true;
  }

  remove(key: string, watching: Watching): void {
    const all = this.#ofKey.get(key);
    if (all?.delete(watching) !== true) return;
    this.#room.left += sizeOf(key);
    if (all.size === 0) this.#ofKey.delete(key);
  }

  tell(key: string): void {
    const all = this.#ofKey.get(key);
    if (all !== undefined) for (const watching of all) watching.hint(key);
  }
}
