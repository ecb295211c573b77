import type { IncomingMessage } from 'node:http';
import { bulkhead } from '../../bulkhead/bulkhead.ts';
import { isBulkhead } from '../../bulkhead/is-bulkhead.ts';
import type { Bulkhead, BulkheadOptions } from '../../bulkhead/types.ts';
import { clockOf, randomOf } from '../../options/time-and-chance.ts';
import { assertFunction, assertOptions, assertRecord, wrongType } from '../../options/validate.ts';
import { rateLimit } from '../../rate-limit/rate-limit.ts';
import type { RateLimit, RateLimitOptions } from '../../rate-limit/types.ts';
import type { Clock, Random } from '../../runtime/clock.ts';
import { clientKey } from '../client-key/client-key.ts';
import { givenKeyOf } from '../inbound/keyed.ts';
import type { AnswerOptions } from '../inbound/types.ts';

/** Options of `guardUpgrade`: at least one of `drain`, `rateLimit` and `bulkhead`, asked in this order. */
export interface UpgradeGuardOptions extends AnswerOptions<readonly [request: IncomingMessage]> {
  /** Turns upgrades away from the moment that its signal aborts, those too that wait. What `drain` gives. */
  readonly drain?: { readonly name: string; readonly signal: AbortSignal } | undefined;
  /** How often upgrades may come. Its units are not given back where a bulkhead then turns the upgrade away. */
  readonly rateLimit?: RateLimit | RateLimitOptions | undefined;
  /** How many upgraded sockets there may be; a slot is held until the socket is closed. */
  readonly bulkhead?: Bulkhead | BulkheadOptions | undefined;
  /**
   * What an upgrade counts under in the rate limit; null for one that it leaves alone. A throw answers with 500
   * and is reported, and so does what is no key, a promise among it. Default `clientKey()`.
   */
  readonly key?: ((request: IncomingMessage) => string | null) | undefined;
}

/** Options of a guard of upgrades, checked and filled in. */
export interface UpgradeGuardSettings {
  readonly drain: UpgradeGuardOptions['drain'];
  readonly rateLimit: RateLimit | undefined;
  readonly bulkhead: Bulkhead | undefined;
  readonly key: (request: IncomingMessage) => string | null;
  readonly onReject: UpgradeGuardOptions['onReject'];
  readonly clock: Clock;
  readonly random: Random;
  /** Policies that were made here, and nobody else uses. */
  readonly own: readonly Disposable[];
}

const KNOWN = ['drain', 'rateLimit', 'bulkhead', 'key', 'onReject', 'clock', 'random'];

const isRateLimit = (either: object): either is RateLimit => 'take' in either && 'enter' in either;

/** A policy, or one made of its options. */
const made = <Policy extends Disposable, Options extends object>(
  option: string,
  either: Policy | Options | undefined,
  isPolicy: (either: object) => either is Policy,
  make: (options: Options) => Policy,
): { readonly policy: Policy | undefined; readonly own: readonly Disposable[] } => {
  if (either === undefined) return { policy: undefined, own: [] };
  assertRecord(option, either);
  if (isPolicy(either)) return { policy: either, own: [] };
  const policy = make(either);
  return { policy, own: [policy] };
};

const drainOf = ({ drain }: UpgradeGuardOptions): UpgradeGuardOptions['drain'] => {
  if (drain === undefined || drain?.signal instanceof AbortSignal) return drain;
  throw wrongType('drain', drain, 'what `drain` gives, or a name and an AbortSignal');
};

export const settingsOf = (options: UpgradeGuardOptions): UpgradeGuardSettings => {
  assertOptions('guardUpgrade', options, KNOWN);
  const givenKey = givenKeyOf(options);
  assertFunction('onReject', options.onReject);
  const drain = drainOf(options);
  const clock = clockOf(options.clock);
  const random = randomOf(options.random);
  if ((drain ?? options.rateLimit ?? options.bulkhead) === undefined)
    throw wrongType('guardUpgrade', options, 'an object with drain, rateLimit or bulkhead');
  const named = { name: 'upgrade', clock };
  const limit = made('rateLimit', options.rateLimit, isRateLimit, (limits: RateLimitOptions) =>
    rateLimit({ ...named, ...limits }),
  );
  const slots = made('bulkhead', options.bulkhead, isBulkhead, (limits: BulkheadOptions) =>
    bulkhead({ ...named, ...limits }),
  );
  const usual = (): UpgradeGuardSettings['key'] =>
    limit.policy === undefined ? () => null : clientKey();
  return {
    drain,
    rateLimit: limit.policy,
    bulkhead: slots.policy,
    key: givenKey === undefined ? usual() : (request) => givenKey([request]),
    onReject: options.onReject,
    clock,
    random,
    own: [...limit.own, ...slots.own],
  };
};
