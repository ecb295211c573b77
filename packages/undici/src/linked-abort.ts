/** Ends a link that its response outlived; held for bodies that nobody is going to finish. */
const abandoned = new FinalizationRegistry<() => void>((unlink) => unlink());

/**
 * A controller that follows the caller's signal, as long as the response may still be read, and the
 * policies' signal, as long as they run the call. `AbortSignal.any` would do, if it did not hold on to
 * every dependent of a signal that lives long.
 */
export class LinkedAbort {
  readonly #controller = new AbortController();
  readonly #caller: AbortSignal;
  readonly #policies: AbortSignal;
  readonly #onCaller = (): void => this.#controller.abort(this.#caller.reason);
  readonly #onPolicies = (): void => this.#controller.abort(this.#policies.reason);

  constructor(caller: AbortSignal, policies: AbortSignal) {
    this.#caller = caller;
    this.#policies = policies;
    if (caller.aborted) this.#onCaller();
    else if (policies.aborted) this.#onPolicies();
    caller.addEventListener('abort', this.#onCaller, { once: true });
    policies.addEventListener('abort', this.#onPolicies, { once: true });
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** The call has settled: the policies have no more to say. */
  settled(): void {
    this.#policies.removeEventListener('abort', this.#onPolicies);
  }

  /** Nobody reads any more. */
  unlink(): void {
    this.settled();
    this.#caller.removeEventListener('abort', this.#onCaller);
  }

  /** Unlinks when the garbage collector says that nobody can read `body` any more. */
  unlinkAfter(body: WeakKey): void {
    this.settled();
    abandoned.register(body, () => this.unlink());
  }
}

/** A link is needed where both a caller and a policy may end the call. */
export const linkOf = (
  caller: AbortSignal | undefined,
  policies: AbortSignal | undefined,
): LinkedAbort | undefined =>
  caller === undefined || policies === undefined || caller === policies
    ? undefined
    : new LinkedAbort(caller, policies);
