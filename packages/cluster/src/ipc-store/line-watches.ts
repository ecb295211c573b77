import { Watchers } from '@holdfast/core/stateless';
import { UNWATCH, WATCH } from './wire/requests.ts';

/** Who in this process watches which key, and whether the supervisor knows it. */
export class LineWatches {
  /** Answers whether it was sent. */
  readonly #send: (code: number, key: string) => boolean;
  readonly #watchers = new Watchers();
  readonly #counts = new Map<string, number>();
  readonly #told = new Set<string>();
  /** What could not be sent. */
  readonly #untold = new Set<string>();

  constructor(send: (code: number, key: string) => boolean) {
    this.#send = send;
  }

  add(key: string, onHint: () => void): Disposable {
    const watcher = this.#watchers.add(key, onHint);
    this.#change(key, 1);
    let over = false;
    return {
      [Symbol.dispose]: () => {
        if (over) return;
        over = true;
        watcher[Symbol.dispose]();
        this.#change(key, -1);
      },
    };
  }

  tell(key: string): void {
    this.#watchers.tell(key);
  }

  /** More can be sent now. Who was not known until then is told to look: hints may have been missed. */
  goOn(): void {
    for (const key of this.#untold) {
      this.#untold.delete(key);
      this.#tellSupervisor(key);
      if (this.#untold.has(key)) return;
      this.tell(key);
    }
  }

  #change(key: string, by: 1 | -1): void {
    const count = (this.#counts.get(key) ?? 0) + by;
    if (count === 0) this.#counts.delete(key);
    else this.#counts.set(key, count);
    this.#tellSupervisor(key);
  }

  #tellSupervisor(key: string): void {
    const wanted = this.#counts.has(key);
    if (wanted === this.#told.has(key)) return;
    if (!this.#send(wanted ? WATCH : UNWATCH, key)) this.#untold.add(key);
    else if (wanted) this.#told.add(key);
    else this.#told.delete(key);
  }
}
