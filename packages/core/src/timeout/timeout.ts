import type { PolicyDescription } from '../pipeline/stage.ts';
import { limitPolicy, type LimitKind } from './limit-policy.ts';
import { LimitStage } from './limit-stage.ts';
import type { TimeLimitOptions, TimeLimitPolicy } from './types.ts';

/** Options of `timeout`; `timeoutMs` is required. */
export interface TimeoutOptions extends TimeLimitOptions {
  /** How long one run of the call may take. */
  readonly timeoutMs: number;
}

class TimeoutStage extends LimitStage {
  readonly role = 'ends-attempt';

  override describe(): PolicyDescription {
    const { name, limitMs, stallMs } = this.limit;
    return { policy: 'timeout', name, options: { timeoutMs: limitMs, stallMs } };
  }
}

const TIMEOUT: LimitKind = {
  policy: 'timeout',
  option: 'timeoutMs',
  code: 'HF_TIMEOUT',
  stage: (limit) => new TimeoutStage(limit),
};

/**
 * Ends a call that takes longer than `timeoutMs`: aborts its signal and rejects with `HF_TIMEOUT` at
 * once, also when the call ignores the signal; what such a call gives later is counted and dropped.
 * A nearer deadline of the caller rejects with `HF_DEADLINE_EXCEEDED`. Throws `TypeError` or
 * `RangeError` for a wrong option.
 */
export const timeout = (options: TimeoutOptions): TimeLimitPolicy<TimeoutOptions> =>
  limitPolicy(TIMEOUT, options);
