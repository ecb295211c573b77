import { rateLimit } from '../../src/rate-limit/rate-limit.ts';
import type { RateLimit, RateLimitEvents, RateLimitOptions } from '../../src/rate-limit/types.ts';
import { RecordingClock } from '../support/recording-clock.ts';

export const answer = (): string => 'answer';

export interface Bench {
  readonly clock: RecordingClock;
  readonly policy: RateLimit;
  /** What `on('refusal')` heard. */
  readonly events: RateLimitEvents['refusal'][];
}

/** One call a second, two at once, on a virtual clock. */
export const benchOf = (options: Partial<RateLimitOptions> = {}): Bench => {
  const clock = new RecordingClock();
  const limits = 'quota' in options ? {} : { rate: 1, burst: 2 };
  const policy = rateLimit({ ...limits, clock, ...options } as RateLimitOptions);
  const events: Bench['events'] = [];
  policy.on('refusal', (event) => void events.push(event));
  return { clock, policy, events };
};
