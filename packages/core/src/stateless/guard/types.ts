import type { Clock, Random } from '../../runtime/clock.ts';
import type { Store } from '../store.ts';

/** Options of `guarded`; every one has a default. */
export interface GuardOptions {
  /** The most operations that the store may have under way: a whole number from 1, default 64. */
  readonly maxPending?: number | undefined;
  /**
   * The most operations that wait for one of these, within their own deadline: a whole number from 0, default
   * 1,000. What comes beyond that fails at once with `not-sent`.
   */
  readonly maxWaiting?: number | undefined;
  /**
   * The most releases and removals that wait to be done again: a whole number from 1, default 10,000. The
   * oldest is dropped, with a process warning (`HF_STORE_BACKLOG`).
   */
  readonly maxBacklog?: number | undefined;
  readonly clock?: Clock | undefined;
  readonly random?: Random | undefined;
}

/** What `on` of a guarded store can listen to. */
export interface GuardEvents {
  /** From now on operations fail at once. */
  lost: { readonly name: string };
  /** The store answers again. */
  restored: { readonly name: string; readonly lostForMs: number };
}

/** A store whose operations end by their deadline, whatever becomes of the store. Made by `guarded(store)`. */
export interface GuardedStore extends Store {
  on<Name extends keyof GuardEvents>(
    name: Name,
    listener: (event: GuardEvents[Name]) => void,
  ): Disposable;
}
