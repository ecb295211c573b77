import type { Clock } from '@holdfast/core';
import {
  assertOptions,
  clockOf,
  given,
  nameOf,
  outOfRange,
  secretOf,
  wrongType,
} from '@holdfast/core/adapter';
import { guarded, type GuardedStore, type GuardOptions } from '@holdfast/core/stateless';
import type { RedisDriver } from './drivers/driver.ts';
import { assertMethods } from './drivers/methods.ts';
import { KeyNames } from './key-names.ts';
import { RawStore } from './raw-store.ts';
import { SCRIPTS } from './scripts/scripts.ts';

export interface RedisStoreOptions {
  /** Your client: `fromNodeRedis(client)` or `fromIoredis(client)`. */
  readonly driver: RedisDriver;
  /**
   * What the names of keys are made with, so that they tell nothing: a string or `Uint8Array` of at least 16 bytes,
   * random, the same for all that share the store. With another one nothing that is stored is found again.
   */
  readonly keySecret: string | Uint8Array;
  /** Stands in errors, events, warnings and metrics. Default 'redis'. */
  readonly name?: string | undefined;
  /** What names of keys and channels begin with: letters, digits and `_ . : -`, up to 64. Default 'hf'. */
  readonly prefix?: string | undefined;
  /** How much may be under way and wait; see `guarded`. */
  readonly guard?: Omit<GuardOptions, 'clock'> | undefined;
  readonly clock?: Clock | undefined;
}

const OPTIONS: readonly (keyof RedisStoreOptions)[] = [
  'driver',
  'keySecret',
  'name',
  'prefix',
  'guard',
  'clock',
];

/** No braces: those choose the slot in a cluster. */
const PREFIX = /^[\w.:-]{1,64}$/;

const prefixOf = (prefix: unknown): string => {
  const allowed = 'up to 64 letters, digits and _ . : -';
  if (typeof prefix !== 'string') throw wrongType('prefix', prefix, allowed);
  if (!PREFIX.test(prefix)) throw outOfRange('prefix', prefix, allowed);
  return prefix;
};

/** Elsewhere a secret may be left to the process; what several share cannot. */
const sharedSecretOf = (secret: unknown): Uint8Array => {
  if (secret === undefined)
    throw wrongType('keySecret', secret, 'a string or Uint8Array of at least 16 bytes');
  return secretOf(secret);
};

/**
 * A store that processes and machines share, on Redis from 7.0 on or Valkey: alone, with Sentinel, or a cluster.
 *
 * Each operation is one script, one round trip, decided by the server's clock. It carries its deadline: a command
 * that reaches the server later does nothing, so that none is carried out after its caller was told that it
 * failed (`release` and `remove` excepted, which are right late, too). Numbers come back to the last bit as the memory
 * store has them. The store is `guarded`: every operation ends by its deadline, and a lost server is noticed.
 *
 * A failure is `not-sent` where the client is closed, `refused` where the server answers with an error, `stale` where the
 * command came too late, `unknown` where the connection was lost meanwhile, also if the client then sent it again. What
 * was confirmed may be lost in a failover: Redis replicates without waiting, so that the same lease can be given twice
 * (compare fences). `read` is answered by a server that takes no writes as well: one that was demoted tells what it
 * knew until then.
 *
 * With its first answer the store looks at the server, and warns once of each: older than 7.0
 * (`HF_REDIS_VERSION`), a `maxmemory-policy` that forgets leases and sessions (`HF_REDIS_EVICTION`), a clock that is 500 ms off
 * (`HF_REDIS_CLOCK`); later also that it cannot subscribe (`HF_REDIS_WATCH`). The same stands in `health()`.
 *
 * You own the client: connect it before and close it after the store. Throws `TypeError` or `RangeError` for a wrong
 * option.
 */
export const redisStore = (options: RedisStoreOptions): GuardedStore => {
  assertOptions('redisStore', options, OPTIONS);
  const { driver, guard } = options;
  assertMethods('driver', driver, ['evalSha', 'eval', 'listen', 'infos']);
  const name = nameOf('name', given(options.name, 'redis'));
  const names = new KeyNames(
    prefixOf(given(options.prefix, 'hf')),
    sharedSecretOf(options.keySecret),
  );
  const clock = clockOf(options.clock);
  const raw = new RawStore({ name, driver, names, scripts: SCRIPTS, clock });
  return guarded(raw, { ...guard, clock });
};
