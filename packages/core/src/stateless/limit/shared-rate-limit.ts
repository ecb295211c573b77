import { wholeCost } from '../../rate-limit/limiter.ts';
import type { RateLimitEvents, TakeOptions } from '../../rate-limit/types.ts';
import { key as keyOf, type Key } from '../key.ts';
import { isStoreError } from '../store-error.ts';
import { Answers, NOTHING, type Left } from './answers.ts';
import { allowAll, denyAll, type Fallback, type Wish } from './fallback.ts';
import { HotKeys } from './hot-keys.ts';
import { LocalShare } from './local-share.ts';
import { QuotaMeter, RateMeter, type Grant, type Meter, type MeterAnswer } from './meter.ts';
import { sharedSettings, type SharedSettings } from './settings.ts';
import { assertMetered } from './store-answer.ts';
import type {
  SharedRateLimit,
  SharedRateLimitOptions,
  SharedRateLimitSnapshot,
  SharedTaken,
} from './types.ts';

const NOTHING_LEFT: Left = { remaining: 0, moreMs: 0, resetMs: 0 };

class SharedLimit implements SharedRateLimit {
  readonly #settings: SharedSettings;
  readonly #answers: Answers;
  readonly #meter: Meter;
  readonly #fallback: Fallback;
  readonly #hot: HotKeys | undefined;

  constructor(settings: SharedSettings) {
    this.#settings = settings;
    this.#answers = new Answers(settings.name);
    const meter = meterOf(settings);
    this.#meter = meter;
    this.#fallback = fallbackOf(settings, this.#answers, meter.most);
    const lost = (wish: Wish, error: unknown): SharedTaken => this.#lost(wish, error);
    const { leasing } = settings;
    if (leasing !== undefined && meter instanceof RateMeter)
      this.#hot = new HotKeys(settings, leasing, { meter, answers: this.#answers, lost });
  }

  get name(): string {
    return this.#settings.name;
  }

  take(options: TakeOptions = {}): Promise<SharedTaken> {
    try {
      const { cost } = options;
      const units = cost === undefined ? this.#settings.cost : wholeCost(cost);
      const key = this.#keyOf(options.key);
      if (this.#answers.tally.disposed) return Promise.resolve(this.#closed());
      this.#fallback.use();
      return units === 1 && this.#hot !== undefined
        ? Promise.resolve(this.#hot.take(key))
        : this.#ask({ key, units });
    } catch (error) {
      return Promise.reject(error);
    } finally {
      this.#answers.tally.flush();
    }
  }

  async reset(key?: string): Promise<void> {
    const storeKey = this.#keyOf(key);
    this.#fallback.reset(storeKey);
    try {
      await this.#meter.reset(storeKey);
    } finally {
      this.#hot?.reset(storeKey);
    }
  }

  on<Name extends keyof RateLimitEvents>(
    name: Name,
    listener: (event: RateLimitEvents[Name]) => void,
  ): Disposable {
    return this.#answers.tally.events.on(name, listener);
  }

  snapshot(): SharedRateLimitSnapshot {
    const { tally, sources } = this.#answers;
    const { name, admitted, refused, unsent } = tally;
    const { keys, instances } = this.#fallback;
    return { name, keys, instances, admitted, refused, unsent, sources: { ...sources } };
  }

  [Symbol.dispose](): void {
    const { tally } = this.#answers;
    if (tally.disposed) return;
    tally.disposed = true;
    this.#hot?.dispose();
    this.#fallback[Symbol.dispose]();
  }

  #keyOf(key: string | undefined): Key {
    const { tenant, name } = this.#settings;
    if (key === undefined) return keyOf('limit', tenant, name);
    // Core counts an empty key as one like any other; none of the others has a fifth part.
    if (key === '') return keyOf('limit', tenant, name, 'key', 'empty');
    return keyOf('limit', tenant, name, key);
  }

  #ask(wish: Wish): Promise<SharedTaken> {
    const sentAt = this.#settings.clock.now();
    // What can never be there is not asked for; what is left is told all the same.
    const units = wish.units > this.#meter.most ? 0 : wish.units;
    return this.#meter.ask(wish.key, units).then(
      (answer) => this.#decided({ ...wish, sentAt }, answer),
      (error: unknown) => this.#lost(wish, error),
    );
  }

  #decided(grant: Grant, answer: MeterAnswer): SharedTaken {
    const answers = this.#answers;
    assertMetered(answer, this.#settings.store);
    if (grant.units === 0) return answers.admit('shared', answer, NOTHING);
    if (answer.units > 0)
      return answers.admit('shared', answer, this.#meter.receipt(grant, answer));
    const never = grant.units > this.#meter.most;
    return this.#told(answers.refuse('shared', answer, never ? undefined : answer.retryMs));
  }

  #lost(wish: Wish, error: unknown): SharedTaken {
    if (!isStoreError(error)) throw error;
    return this.#told(this.#fallback.take(wish, error.retryAfterMs));
  }

  #closed(): SharedTaken {
    return this.#answers.refuse('policy', NOTHING_LEFT, undefined);
  }

  /** Listeners hear of a refusal once it is decided. */
  #told(taken: SharedTaken): SharedTaken {
    this.#answers.tally.flush();
    return taken;
  }
}

const meterOf = (settings: SharedSettings): RateMeter | QuotaMeter => {
  const { numbers } = settings;
  return 'rate' in numbers
    ? new RateMeter({ unitsPerMs: numbers.rate / 1_000, burst: numbers.burst }, settings)
    : new QuotaMeter(numbers, settings);
};

const fallbackOf = (settings: SharedSettings, answers: Answers, most: number): Fallback => {
  if (settings.onStoreLoss === 'local') return new LocalShare(settings, answers);
  return settings.onStoreLoss === 'allow' ? allowAll(answers, most) : denyAll(answers);
};

/**
 * A rate limit that all processes with the same store share, each key by itself.
 *
 * Either `rate` (units per second) with `burst`, or `quota` and `windowMs`; each promises what it does at
 * `rateLimit`, for all processes together, by the clock of the store. A call takes its units at once or
 * not at all, in one round trip; a refusal is a value with `retryAfterMs`.
 *
 * With `leasing` (for `rate` only) a process takes units of a busy key in advance: as many as it had calls for
 * that key in the last 50 ms, at most 50 and a tenth of `burst`. What it has not used 100 ms later goes back
 * as far as that is right, and a refusal holds until its `retryAfterMs`. Calls may then come up to 100 ms after their
 * units were taken: in any window of `w` seconds at most `burst + rate * (w + 0.1)`. Off by default: what
 * guards log-ins should be exact.
 *
 * While the store is lost `onStoreLoss` decides. `local`: each process by its share, the limit divided by how many
 * use it, but one unit at least. They tell the store that they do, every 5 s, and its last answer
 * holds. The shares together promise what the limit does, and begin with nothing used: around a loss up to
 * twice as much is admitted in all. More than that only where processes have started since, or have never
 * reached the store: such a one takes itself for the only one.
 *
 * Throws `TypeError` or `RangeError` for a wrong option.
 */
export const sharedRateLimit = (options: SharedRateLimitOptions): SharedRateLimit =>
  new SharedLimit(sharedSettings(options));
