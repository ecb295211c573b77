/**
 * An abort signal of a policy's own that also follows another one. Nothing exists until somebody
 * reads it, and nothing is left on the other signal after `unlink`.
 */
export class LinkedSignal {
  readonly #source: () => AbortSignal | undefined;
  #controller: AbortController | undefined = undefined;
  #followed: AbortSignal | undefined = undefined;
  #reason: { readonly value: unknown } | undefined = undefined;
  #unlinked = false;

  constructor(source: () => AbortSignal | undefined) {
    this.#source = source;
  }

  get signal(): AbortSignal {
    this.#controller ??= this.#create();
    return this.#controller.signal;
  }

  abort(reason: unknown): void {
    this.#reason ??= { value: reason };
    this.#controller?.abort(reason);
    this.unlink();
  }

  /** Follows no longer, also when somebody reads the signal only now. */
  unlink(): void {
    this.#unlinked = true;
    this.#followed?.removeEventListener('abort', this.#onAbort);
    this.#followed = undefined;
  }

  #create(): AbortController {
    const controller = new AbortController();
    const source = this.#source();
    if (this.#reason !== undefined) controller.abort(this.#reason.value);
    else if (source?.aborted === true) controller.abort(source.reason);
    else if (source !== undefined && !this.#unlinked) {
      source.addEventListener('abort', this.#onAbort, { once: true });
      this.#followed = source;
    }
    return controller;
  }

  readonly #onAbort = (): void => this.abort(this.#followed?.reason);
}
