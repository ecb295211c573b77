/** What the watchdog's thread sees at one look. */
export interface Sight {
  /** Monotonic. */
  readonly atMs: number;
  /** Another number than at the last look: the event loop has turned since. */
  readonly beats: number;
  readonly debugged: boolean;
  /** Whether the parent is gone. */
  readonly orphaned: boolean;
  /** No call yet: the process does not drain. */
  readonly lastDrain: { readonly calls: number; readonly withinMs: number };
}

/** What is to be done about it. */
export type Finding =
  | { readonly type: 'blocked'; readonly blockedMs: number }
  | { readonly type: 'unblocked'; readonly blockedMs: number }
  /** The process is to be killed. */
  | { readonly type: 'abandoned'; readonly cause: 'blocked' | 'drain-overdue' };

export interface WatchLimits {
  readonly blockedAfterMs: number;
  readonly orphanAfterMs: number;
}

/** Often enough for a report soon after the limit, and seldom enough to cost nothing. */
const MAX_EVERY_MS = 100;
/** Who looks later than this many times its period was stopped itself meanwhile, and with it the whole process. */
const LATE_PERIODS = 3;
/** What a drain may take beyond its deadline before the process is killed, if its parent is gone. */
const DRAIN_GRACE_MS = 1_000;

/** How often the main thread beats and its watchdog looks. */
export const everyMsOf = (blockedAfterMs: number): number =>
  Math.min(Math.ceil(blockedAfterMs / 10), MAX_EVERY_MS);

/** Tells from looks at the main thread whether it is blocked, and whether an orphan has to go. */
export class Watch {
  readonly #limits: WatchLimits;
  readonly #everyMs: number;
  #last: Sight;
  /** Since the last beat that was seen. */
  #silentMs = 0;
  /** Since the parent was last seen. */
  #orphanedMs = 0;
  #drainCalls = 0;
  #drainLeftMs = Infinity;
  #isReported = false;

  constructor(limits: WatchLimits, first: Sight) {
    this.#limits = limits;
    this.#everyMs = everyMsOf(limits.blockedAfterMs);
    this.#last = first;
  }

  /** At most one finding; `blocked` and `unblocked` in turn. */
  look(sight: Sight): Finding | undefined {
    const passedMs = this.#passedMs(sight.atMs);
    const silentMs = this.#silentMs + passedMs;
    const turned = sight.beats !== this.#last.beats;
    this.#orphanedMs = sight.orphaned ? this.#orphanedMs + passedMs : 0;
    this.#drainLeftMs = this.#drainLeft(sight, passedMs);
    this.#silentMs = turned || sight.debugged ? 0 : silentMs;
    this.#last = sight;
    return this.#abandoned() ?? (turned ? this.#goesOn(silentMs) : this.#standsStill());
  }

  /** Time in which this thread was stopped as well is no evidence against the other. */
  #passedMs(atMs: number): number {
    return Math.min(Math.max(atMs - this.#last.atMs, 0), LATE_PERIODS * this.#everyMs);
  }

  #drainLeft({ lastDrain }: Sight, passedMs: number): number {
    if (lastDrain.calls === this.#drainCalls) return this.#drainLeftMs - passedMs;
    this.#drainCalls = lastDrain.calls;
    return lastDrain.withinMs;
  }

  #abandoned(): Finding | undefined {
    if (!this.#last.orphaned) return undefined;
    if (this.#drainLeftMs <= -DRAIN_GRACE_MS) return { type: 'abandoned', cause: 'drain-overdue' };
    const isDraining = this.#drainLeftMs !== Infinity;
    const blockedMs = Math.min(this.#silentMs, this.#orphanedMs);
    if (isDraining || blockedMs < this.#limits.orphanAfterMs) return undefined;
    return { type: 'abandoned', cause: 'blocked' };
  }

  #goesOn(silentMs: number): Finding | undefined {
    if (!this.#isReported) return undefined;
    this.#isReported = false;
    return { type: 'unblocked', blockedMs: Math.round(silentMs) };
  }

  /** A beat was due only one period after the last one: a block that is shorter than the limit is never reported. */
  #standsStill(): Finding | undefined {
    const isBlocked = this.#silentMs >= this.#limits.blockedAfterMs + this.#everyMs;
    if (!isBlocked || this.#isReported) return undefined;
    this.#isReported = true;
    return { type: 'blocked', blockedMs: Math.round(this.#silentMs) };
  }
}
