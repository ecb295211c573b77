/** What one call of the user's function does. */
export const DEEDS = [
  'answers',
  'answers unwanted',
  'rejects',
  'throws',
  'throws nothing',
  'answers later',
  'rejects later',
  'hangs',
  'heeds its signal',
  'is a thenable that answers',
  'is a thenable that rejects',
  'is a thenable that throws',
  'is refused elsewhere',
] as const;

/** When the caller gives up. */
export const ABORTS = [
  'never',
  'before',
  'in the call',
  'just before the call settles',
  'just after the call settles',
  'a little after the call settles',
  'while waiting',
  'in the fallback',
] as const;

export type Deed = (typeof DEEDS)[number];
export type Abort = (typeof ABORTS)[number];

export interface RetryPlan {
  readonly kind: 'retry';
  readonly attempts: number;
  readonly baseMs: number;
  readonly budget: 'none' | 'own' | 'shared';
  readonly onResults: boolean;
  readonly maxElapsedMs: number | undefined;
}

export interface BreakerPlan {
  readonly kind: 'breaker';
  readonly failures: number;
  readonly openMs: number;
  readonly probes: number;
  readonly overflow: false | { readonly waitMs: number; readonly max: number };
  readonly heard: boolean;
  readonly judged: boolean;
}

export interface TimePlan {
  readonly kind: 'timeout' | 'deadline';
  readonly ms: number;
}

export interface BulkheadPlan {
  readonly kind: 'bulkhead';
  readonly concurrency: number;
  readonly queue: number;
  readonly order: 'fifo' | 'lifo' | 'priority';
  readonly maxWaitMs: number;
  readonly holdUntil: 'settled' | 'finished';
}

export interface RateLimitPlan {
  readonly kind: 'rate limit';
  readonly limit:
    | { readonly rate: number; readonly burst: number }
    | { readonly quota: number; readonly windowMs: number };
  readonly maxWaitMs: number;
}

export interface FallbackPlan {
  readonly kind: 'fallback';
  readonly answer: 'a value' | 'at once' | 'later' | 'fails' | 'when aborted';
  readonly when: 'every error' | 'refusals' | 'other errors';
}

export interface OwnPlan {
  readonly kind: 'own';
  readonly does: 'passes' | 'waits' | 'fails at times' | 'calls again';
}

/** A stage that only looks on: it lets every call in, at once or after a turn. */
export interface WitnessPlan {
  readonly kind: 'witness';
  readonly waits: boolean;
}

export interface PipelinePlan {
  readonly kind: 'pipeline';
  readonly policies: readonly SinglePlan[];
}

export type SinglePlan =
  | RetryPlan
  | BreakerPlan
  | TimePlan
  | BulkheadPlan
  | RateLimitPlan
  | FallbackPlan
  | OwnPlan
  | WitnessPlan;

export type PolicyPlan = SinglePlan | PipelinePlan;

export interface CallStep {
  readonly do: 'call';
  readonly stack: 'first' | 'second';
  /** Of the first time the call is made, the second, …; the last of them goes on. */
  readonly deeds: readonly { readonly deed: Deed; readonly ms: number }[];
  readonly abort: Abort;
  readonly key: string | undefined;
  readonly priority: number;
  /** From now. */
  readonly deadlineMs: number;
}

/** What somebody else does to a policy. */
export type Meddling = 'refuse' | 'relent' | 'relent and abort' | 'dispose';

export type Step =
  | CallStep
  | { readonly do: 'advance' | 'advance at once' | 'stall'; readonly ms: number }
  | { readonly do: 'abort'; readonly which: number }
  | { readonly do: Meddling; readonly which: number };

export interface Plan {
  readonly first: readonly PolicyPlan[];
  /** Places of the first stack that a second one shares, in its own order. */
  readonly second: readonly number[];
  readonly steps: readonly Step[];
}
