import { stackPolicy } from '../pipeline/stack-policy.ts';
import { stackOfOne } from '../pipeline/stack.ts';
import { enterLimit } from './enter.ts';
import { Limiter } from './limiter.ts';
import { RateLimitStage } from './rate-limit-stage.ts';
import { settingsOf, updatedSettings } from './settings.ts';
import { takeFrom } from './take.ts';
import type {
  RateLimit,
  RateLimitEnterOptions,
  RateLimitEvents,
  RateLimitOptions,
  RateLimitSnapshot,
  RatePermit,
  Taken,
  TakeOptions,
  Turned,
} from './types.ts';

const snapshotOf = ({ tally, buckets }: Limiter): RateLimitSnapshot => {
  const { name, waiting, admitted, refused, aborted, unsent } = tally;
  const { size: keys, evicted } = buckets;
  return { name, keys, waiting, admitted, refused, aborted, unsent, evicted };
};

/**
 * Lets calls through no faster than a limit, each key by itself (`key` in the options of `execute`).
 *
 * Either `rate` (units per second) with `burst`: in any window of `w` seconds no more than
 * `burst + rate * w` (GCRA, ITU-T I.371). Or `quota` and `windowMs`: in any window of that length no
 * more than `quota`; a unit then comes back up to an eighth of the window later than it had to.
 * Calls count as they are sent; one that a policy inside turns away unsent is given back.
 *
 * A call beyond the limit is refused with `HF_RATE_LIMITED` and `retryAfterMs`, at once or, with
 * `maxWaitMs`, as soon as it is known that it would wait longer than that or past its deadline. Those
 * who wait are served in order of arrival; an abort leaves the line at once and uses nothing up.
 *
 * Keys are kept in memory, `maxKeys` of them: a new one has a few old ones looked at, and those that
 * have everything back are forgotten. Beyond `maxKeys` one of eight that is nearest to that is forgotten
 * and begins anew, which the snapshot counts as `evicted`; a key for which somebody waits never is.
 *
 * Throws `TypeError` or `RangeError` for a wrong option.
 */
export const rateLimit = (options: RateLimitOptions): RateLimit => {
  const limiter = new Limiter(settingsOf(options));
  const stage = new RateLimitStage(limiter);
  const snapshot = (): RateLimitSnapshot => snapshotOf(limiter);
  const policy = stackPolicy<RateLimitOptions, RateLimitEvents>({
    name: limiter.tally.name,
    stack: stackOfOne(stage, stage.alone),
    events: limiter.tally.events,
    update: (change) => limiter.change(updatedSettings(limiter.settings, change)),
    snapshot,
    dispose: () => limiter.dispose(),
  });
  return Object.assign(policy, {
    snapshot,
    take: (wish: TakeOptions = {}): Taken => takeFrom(limiter, wish),
    enter: (wish: RateLimitEnterOptions = {}): RatePermit | Turned | Promise<RatePermit | Turned> =>
      enterLimit(limiter, wish),
    reset: (key?: string): void => limiter.reset(key),
  });
};
