import type { LeaseContext, LockOptions } from './types.ts';

/** What a leader knows. Its signal aborts when leadership is lost, or the campaign is disposed of. */
export type LeadContext = Omit<LeaseContext, 'key'>;

/** Options of `leader`. */
export interface LeaderOptions extends Omit<LockOptions, 'maxWaiting'> {
  /**
   * What the leader does, for as long as it leads: until `signal` aborts. When it returns or throws, leadership
   * is given up, and this process runs again a third to two thirds of `leaseMs` later.
   */
  readonly lead: (context: LeadContext) => void | PromiseLike<void>;
}

/** What `on` of a leader can listen to. */
export interface LeaderEvents {
  elected: { readonly name: string; readonly fence: string };
  /** It leads no longer: `lead` returned or threw, the lease was lost, or the campaign is disposed of. */
  resigned: {
    readonly name: string;
    readonly reason: 'returned' | 'threw' | 'lost' | 'disposed';
  };
  /** `lead` threw, or the store failed; the campaign goes on. */
  failure: { readonly name: string; readonly source: 'lead' | 'store'; readonly error: unknown };
}

/** One process's campaign to lead, again and again. Made by `leader`. */
export interface Leader extends AsyncDisposable {
  readonly name: string;
  /** Whether this process leads now, by what it can know: the same as that the signal has not aborted. */
  readonly isLeader: boolean;
  on<Name extends keyof LeaderEvents>(
    event: Name,
    listener: (event: LeaderEvents[Name]) => void,
  ): Disposable;
  /**
   * Ends the campaign: aborts `signal` with `HF_DISPOSED`, waits for `lead` and for the lease to be given back. Of a
   * `lead` that does not heed its signal it waits `leaseMs`, after which another may lead anyhow.
   */
  [Symbol.asyncDispose](): Promise<void>;
}
