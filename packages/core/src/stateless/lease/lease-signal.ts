/**
 * The signal of a lease. It asks whether the lease is over each time it is read, since the timer that
 * aborts it comes late where the process stood still. Nothing exists until somebody reads it.
 */
export class LeaseSignal {
  readonly #look: () => void;
  #controller: AbortController | undefined = undefined;
  #ended: { readonly reason: unknown } | undefined = undefined;

  /** `look` aborts this signal if it is time to. */
  constructor(look: () => void) {
    this.#look = look;
  }

  get aborted(): boolean {
    if (this.#ended === undefined) this.#look();
    return this.#ended !== undefined;
  }

  get reason(): unknown {
    return this.#ended?.reason;
  }

  get signal(): AbortSignal {
    this.#controller ??= this.#create();
    return this.#controller.signal;
  }

  /** False where it has aborted before. */
  abort(reason: unknown): boolean {
    if (this.#ended !== undefined) return false;
    this.#ended = { reason };
    this.#controller?.abort(reason);
    return true;
  }

  #create(): AbortController {
    const controller = new AbortController();
    Object.defineProperties(controller.signal, {
      aborted: { get: () => this.aborted },
      throwIfAborted: { value: () => this.#throwIfAborted() },
    });
    if (this.aborted) controller.abort(this.reason);
    return controller;
  }

  #throwIfAborted(): void {
    if (this.aborted) throw this.reason;
  }
}
