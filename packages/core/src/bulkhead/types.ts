import type { Policy } from '../call.ts';
import type { HoldfastError, RefusalCode } from '../errors.ts';
import type { BulkheadOptions, QueueOrder } from './options.ts';

export type { BulkheadOptions, QueueOrder } from './options.ts';

/** What `on` of a bulkhead can listen to. */
export interface BulkheadEvents {
  /** A call was turned away: no room, displaced, or waited too long. Not told of disposal. */
  refusal: {
    readonly name: string;
    readonly code: RefusalCode;
    readonly retryAfterMs: number | undefined;
  };
  /** The deadline of a call passed before it had a slot, `afterMs` after it came. */
  timeout: {
    readonly name: string;
    readonly code: 'HF_DEADLINE_EXCEEDED';
    readonly afterMs: number;
  };
}

/** The bulkhead as plain JSON; reading it changes nothing. The last four are counts since construction. */
export interface BulkheadSnapshot {
  readonly name: string;
  readonly concurrency: number;
  readonly queue: number;
  readonly order: QueueOrder;
  /** Slots taken. Above `concurrency` only after that was lowered. */
  readonly inFlight: number;
  readonly waiting: number;
  /** Calls that a timeout inside has ended and that run on. Under `finished` their slots are taken. */
  readonly lateInFlight: number;
  /** Slots given. */
  readonly admitted: number;
  /** Rejected with `HF_BULKHEAD_FULL` or `HF_DISPOSED`. */
  readonly refused: number;
  /** Rejected with `HF_DEADLINE_EXCEEDED`. */
  readonly expired: number;
  /** Left the queue because their caller, or a policy outside, gave up. */
  readonly aborted: number;
}

/** A slot, until it is given back. Later releases do nothing; disposing is `release()`. */
export interface BulkheadPermit extends Disposable {
  readonly admitted: true;
  release(): void;
}

/** No slot, and the error that says why. */
export interface BulkheadRefusal {
  readonly admitted: false;
  readonly rejection: HoldfastError;
}

/** What a permit's caller may say of itself. */
export interface BulkheadAcquireOptions {
  /** Its abort ends the wait: `acquire` then rejects with `signal.reason`. */
  readonly signal?: AbortSignal | undefined;
  /** When the wait must be over, in monotonic milliseconds of the bulkhead's clock. */
  readonly deadline?: number | undefined;
  /** 0 is shed first. Default 0. */
  readonly priority?: number | undefined;
}

/** A limit on how many calls run at once. Made by `bulkhead(options)`. */
export interface Bulkhead extends Policy<BulkheadOptions, BulkheadEvents> {
  /** A slot for work that is no promise, at once or not at all. Never throws. */
  tryAcquire(): BulkheadPermit | BulkheadRefusal;
  /** As `tryAcquire`, but waits as `execute` does. Rejects only with the reason of an abort. */
  acquire(options?: BulkheadAcquireOptions): Promise<BulkheadPermit | BulkheadRefusal>;
  /**
   * As `acquire`, but a promise only where it has to wait, and `options.signal` is read only there: it
   * may be a getter that makes one. Whoever finds a slot free has it, its signal unseen. Throws nothing;
   * the promise rejects with the reason of an abort, or with what is wrong with the options.
   */
  enter(
    options?: BulkheadAcquireOptions,
  ): BulkheadPermit | BulkheadRefusal | Promise<BulkheadPermit | BulkheadRefusal>;
  snapshot(): BulkheadSnapshot;
}
