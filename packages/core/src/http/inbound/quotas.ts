import { rateLimit } from '../../rate-limit/rate-limit.ts';
import type { RateLimit, RateLimitOptions } from '../../rate-limit/types.ts';
import type { KeyedRegistry } from '../../registry/types.ts';
import { keyedRegistry } from '../../registry/keyed-registry.ts';
import { sharedRateLimit } from '../../stateless/limit/shared-rate-limit.ts';
import type { SharedRateLimit, SharedRateLimitOptions } from '../../stateless/limit/types.ts';
import { policyName, type PolicyName } from '../fields/policy-name.ts';
import { formatRateLimitPolicy } from '../fields/rate-limit-policy-field.ts';
import type { RateLimitGateOptions } from './rate-limit-options.ts';
import { numberAnswer } from './user-answers.ts';

/** A limit, and how it is told. */
export interface Quota extends Disposable {
  /** Of this process, or of all that share a store. */
  readonly limit: RateLimit | SharedRateLimit;
  readonly name: PolicyName;
  readonly units: number;
  /** Of `RateLimit-Policy`. */
  readonly policy: string;
}

/** The limits of one guard: one, or one for each quota that its function has answered. */
export interface Quotas<Subject extends readonly unknown[]> {
  of(subject: Subject): Quota;
  all(): Iterable<RateLimit | SharedRateLimit>;
}

/** Tariffs are few. Of more than these the one that was used least lately begins anew. */
const MOST_QUOTAS = 100;

const quotaOf = (options: RateLimitOptions | SharedRateLimitOptions): Quota => {
  const limit = 'store' in options ? sharedRateLimit(options) : rateLimit(options);
  const name = policyName(limit.name);
  const { units, seconds } = numbersOf(options);
  return {
    limit,
    name,
    units,
    policy: formatRateLimitPolicy({ name, quota: units, windowSeconds: seconds }),
    [Symbol.dispose]: () => limit[Symbol.dispose](),
  };
};

const numbersOf = (
  options: RateLimitOptions | SharedRateLimitOptions,
): { units: number; seconds: number } => {
  if (options.quota !== undefined)
    return { units: options.quota, seconds: Math.ceil(options.windowMs / 1_000) };
  const { rate, burst = Math.max(1, Math.round(rate)) } = options;
  return { units: burst, seconds: Math.ceil(burst / rate) };
};

/** What a limit of core's is made of; it checks them itself, whatever was given. */
const coreOptionsOf = <Subject extends readonly unknown[]>(
  options: RateLimitGateOptions<Subject>,
  quota: unknown,
): RateLimitOptions | SharedRateLimitOptions => {
  const { name = 'inbound', rate, burst, windowMs, maxKeys, clock } = options;
  const cost = typeof options.cost === 'number' ? options.cost : undefined;
  const numbers = { name, rate, burst, quota, windowMs, cost, maxKeys, clock };
  const { store, onStoreLoss, leasing, tenant, deadlineMs } = options;
  const sharing = { store, onStoreLoss, leasing, tenant, deadlineMs };
  return (store === undefined ? numbers : { ...numbers, ...sharing }) as RateLimitOptions;
};

/** The limits that the options of a guard ask for. Throws for wrong numbers. */
export const quotasOf = <Subject extends readonly unknown[]>(
  options: RateLimitGateOptions<Subject>,
): Quotas<Subject> => {
  const { quota } = options;
  if (typeof quota !== 'function') {
    const only = quotaOf(coreOptionsOf(options, quota));
    return { of: () => only, all: () => [only.limit] };
  }
  const create = (units: string): Quota => quotaOf(coreOptionsOf(options, Number(units)));
  // Wrong options are to throw now and not at the first request.
  const first = create(typeof options.cost === 'number' ? `${options.cost}` : '1');
  const registry = keyedRegistry<Quota>({
    name: first.limit.name,
    create,
    spare: () => 'now',
    overflow: () => first,
    maxEntries: MOST_QUOTAS,
    clock: options.clock,
  });
  return {
    of: (subject) => {
      const units = numberAnswer('quota()', quota(...subject), { whole: true, min: 1, max: 1e9 });
      return registry.get(`${units}`);
    },
    all: () => limitsIn(registry),
  };
};

function* limitsIn(registry: KeyedRegistry<Quota>): IterableIterator<RateLimit | SharedRateLimit> {
  for (const [, { limit }] of registry.entries()) yield limit;
}
