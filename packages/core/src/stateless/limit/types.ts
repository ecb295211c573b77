import type { HoldfastError } from '../../errors.ts';
import type {
  Admitted,
  QuotaOptions,
  RateLimitEvents,
  RateOptions,
  TakeOptions,
  Turned,
} from '../../rate-limit/types.ts';
import type { Store } from '../store.ts';

/** What is only for calls that wait, or for calls at all. */
type OfCalls = 'cost' | 'maxWaitMs' | 'maxWaiting' | 'maxKeys';

/** What decides while the store is lost. */
export type OnStoreLoss = 'local' | 'allow' | 'deny';

/** How units are taken in advance; all of it may be left to the defaults. */
export interface LeasingOptions {
  /** For how long a process takes units in advance, by its own demand for the key. Default 50, up to 1,000. */
  readonly aheadMs?: number | undefined;
  /** The most units that are taken in advance, and never above a tenth of `burst`. Default 50. */
  readonly maxUnits?: number | undefined;
  /**
   * Units that are older than this are not used any more. Default 100, up to 10,000. The limit may be exceeded by
   * what comes back in that time, and by no more.
   */
  readonly keepMs?: number | undefined;
}

interface SharedOptions {
  /**
   * Who shares the store shares the limit, by `tenant`, `name` and key. A call waits for it until it has settled:
   * one that cannot promise to settle every operation by its deadline goes behind `guarded`.
   */
  readonly store: Store;
  /** Limits of different tenants know nothing of each other. Default `default`. */
  readonly tenant?: string | undefined;
  /** How many units a call takes: a whole number from 1 to `burst` or `quota`. Default 1. */
  readonly cost?: number | undefined;
  /**
   * What decides while the store is lost. `local` (default): each process by itself, by its share of the
   * limit. `allow`: everybody is admitted. `deny`: nobody is; for log-ins and one-time codes.
   */
  readonly onStoreLoss?: OnStoreLoss | undefined;
  /**
   * Whether a process may take units of a busy key in advance, and remember refusals. Default false: each
   * call asks the store. Only with `rate`; below 10 a second, or a `burst` of 10, nothing is taken in advance.
   */
  readonly leasing?: boolean | LeasingOptions | undefined;
  /** How long the store may take for an answer. Above 0, up to 60,000; default 50. */
  readonly deadlineMs?: number | undefined;
  /** How many keys this process remembers for leasing, and for while the store is lost. Default 10,000. */
  readonly maxKeys?: number | undefined;
}

/** Units come back one by one (GCRA). In any window of `w` seconds at most `burst + rate * w`. */
export interface SharedRateOptions extends Omit<RateOptions, OfCalls>, SharedOptions {}

/** At most `quota` units in any window of `windowMs` (a sliding window). */
export interface SharedQuotaOptions extends Omit<QuotaOptions, OfCalls>, SharedOptions {}

/** Options of `sharedRateLimit`: either `rate`, and `burst` with it, or `quota` and `windowMs`. */
export type SharedRateLimitOptions = SharedRateOptions | SharedQuotaOptions;

/**
 * Who decided. `shared`: the store. `leased`: this process, by what the store told it before. `local`: this
 * process, by its share, as the store is lost. `policy`: nobody looked at numbers: the store is lost and
 * `onStoreLoss` says what then, or the limit is disposed.
 */
export type TakenSource = 'shared' | 'leased' | 'local' | 'policy';

/** The units were there, and are taken. */
export interface SharedAdmitted extends Admitted {
  readonly source: TakenSource;
  /**
   * For what was never done: its units are there again, as far as the promise of the limit allows, which
   * is less the longer ago they were taken. In the background, once; it throws nothing.
   */
  giveBack(): void;
}

/** The units were not there; nothing was taken. */
export interface SharedTurned extends Turned {
  readonly source: TakenSource;
  /** `HF_RATE_LIMITED`, or `HF_DISPOSED`. */
  readonly rejection: HoldfastError;
}

/** The answer of a limit that is shared. */
export type SharedTaken = SharedAdmitted | SharedTurned;

/** The limit as plain JSON; reading it changes nothing. All but `name`, `keys`, `instances` are counts. */
export interface SharedRateLimitSnapshot {
  readonly name: string;
  /** How many keys this process remembers for while the store is lost. */
  readonly keys: number;
  /** By how many the limit is divided while the store is lost; 1 unless `onStoreLoss` is `local`. */
  readonly instances: number;
  readonly admitted: number;
  /** Turned away with `HF_RATE_LIMITED` or `HF_DISPOSED`. */
  readonly refused: number;
  /** Admitted, and given back. */
  readonly unsent: number;
  /** Answers by who decided. */
  readonly sources: Readonly<Record<TakenSource, number>>;
}

/** A limit that processes share. Made by `sharedRateLimit(options)`. */
export interface SharedRateLimit extends Disposable {
  readonly name: string;
  /**
   * Takes units or does not; never waits for units. Never rejects because the store is lost; rejects for a
   * cost that is no whole number from 0, and for a key that is no text.
   */
  take(options?: TakeOptions): Promise<SharedTaken>;
  /**
   * All units of one key are there again; without a key those of calls without one. Another process may refuse
   * until what it was told last has passed, with `leasing`. Rejects with `StoreError` where the store is lost.
   */
  reset(key?: string): Promise<void>;
  on<Name extends keyof RateLimitEvents>(
    name: Name,
    listener: (event: RateLimitEvents[Name]) => void,
  ): Disposable;
  snapshot(): SharedRateLimitSnapshot;
}
