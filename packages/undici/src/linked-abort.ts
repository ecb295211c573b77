/** Ends a link that its response outlived; held for bodies that nobody is going to finish. */
const abandoned = new FinalizationRegistry<() => void>((unlink) => unlink());

/** Those that follow one signal, under one listener: calls come and go by the thousand, it stays. */
class Followers {
  readonly #links = new Set<LinkedAbort>();
  readonly #signal: AbortSignal;
  readonly #onAbort = (): void => {
    for (const link of this.#links) link.abort(this.#signal.reason);
  };

  constructor(signal: AbortSignal) {
    this.#signal = signal;
  }

  add(link: LinkedAbort): void {
    if (this.#links.size === 0)
      this.#signal.addEventListener('abort', this.#onAbort, { once: true });
    this.#links.add(link);
  }

  remove(link: LinkedAbort): void {
    if (!this.#links.delete(link) || this.#links.size > 0) return;
    this.#signal.removeEventListener('abort', this.#onAbort);
  }
}

const followers = new WeakMap<AbortSignal, Followers>();

const followersOf = (signal: AbortSignal): Followers => {
  const known = followers.get(signal) ?? new Followers(signal);
  followers.set(signal, known);
  return known;
};

/**
 * A controller that follows the caller's signal, as long as the response may still be read, and the
 * policies' signal, as long as they run the call. `AbortSignal.any` would do, if it did not hold on to
 * every dependent of a signal that lives long.
 */
export class LinkedAbort {
  readonly #controller = new AbortController();
  readonly #caller: AbortSignal;
  readonly #policies: AbortSignal;
  readonly #onPolicies = (): void => this.#controller.abort(this.#policies.reason);

  constructor(caller: AbortSignal, policies: AbortSignal) {
    this.#caller = caller;
    this.#policies = policies;
    if (caller.aborted) this.abort(caller.reason);
    else if (policies.aborted) this.#onPolicies();
    followersOf(caller).add(this);
    policies.addEventListener('abort', this.#onPolicies, { once: true });
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  abort(reason: unknown): void {
    this.#controller.abort(reason);
  }

  /** The call has settled: the policies have no more to say. */
  settled(): void {
    this.#policies.removeEventListener('abort', this.#onPolicies);
  }

  /** Nobody reads any more. */
  unlink(): void {
    this.settled();
    followersOf(this.#caller).remove(this);
  }

  /**
   * Unlinks when the garbage collector says that nobody can read `body` any more; at once where there is
   * none, or it is no object, as that of a `fetch` that is none of Node's.
   */
  unlinkAfter(body: unknown): void {
    if (typeof body !== 'object' || body === null) return this.unlink();
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
