import type { RateLimitOptions, QuotaOptions } from '../../rate-limit/types.ts';
import { assertFunction, assertOptions, given, oneOf, wrongType } from '../../options/validate.ts';
import type { LeasingOptions, OnStoreLoss } from '../../stateless/limit/types.ts';
import { storeOf } from '../../stateless/store-option.ts';
import type { Store } from '../../stateless/store.ts';
import type { AnswerOptions, OfRequest } from './types.ts';
import { judgement, numberAnswer } from './user-answers.ts';

/** Which fields tell a client what is left. */
export type RateLimitFields = 'draft' | 'legacy' | 'both' | 'none';

/** Nobody waits for units on the way in: a queue belongs to the bulkhead. */
type OfCalls = 'cost' | 'maxWaitMs' | 'maxWaiting';
type Without<Options, Names extends PropertyKey> = Options extends unknown
  ? Omit<Options, Names>
  : never;

/** The numbers of a limit; `quota` may differ from request to request, as between tariffs. */
type Numbers<Subject extends readonly unknown[]> =
  | Without<RateLimitOptions, OfCalls>
  | (Omit<QuotaOptions, OfCalls | 'quota'> & {
      readonly quota: OfRequest<Subject, number>;
    });

/** Where a limit counts that several processes share. */
interface Sharing {
  /** Who shares it shares the limit, by its name. Default: each process counts by itself. */
  readonly store?: Store | undefined;
  /**
   * What decides while the store is lost. `local` (default): each process, by its share of the limit. `allow`:
   * everybody is admitted. `deny`: nobody is; for log-ins and one-time codes.
   */
  readonly onStoreLoss?: OnStoreLoss | undefined;
  /** Whether a process may take units of a busy key in advance; default false, `sharedRateLimit` tells more. */
  readonly leasing?: boolean | LeasingOptions | undefined;
  /** Limits of different tenants know nothing of each other. Default `default`. */
  readonly tenant?: string | undefined;
  /** How long the store may take for an answer. Default 50. */
  readonly deadlineMs?: number | undefined;
  /**
   * What `clientKey()` makes its keys with, the same in all processes; at least 16 bytes. Needed where others
   * than this process share the store, and no `key` is given.
   */
  readonly keySecret?: string | Uint8Array | undefined;
}

/** What a limit of requests has beside its numbers. */
interface OfRequests<Subject extends readonly unknown[]> extends AnswerOptions<Subject>, Sharing {
  /** Whose units a request takes; null for one that is not limited. Default: `clientKey()`. */
  readonly key?: OfRequest<Subject, string | null> | undefined;
  /** Requests that are not limited, and not counted. */
  readonly skip?: OfRequest<Subject, boolean | PromiseLike<boolean>> | undefined;
  /**
   * How many units a request takes, as a whole number from 1 to what there is at most; default 1. A function
   * may also answer 0, and such a request is free.
   */
  readonly cost?: number | OfRequest<Subject, number> | undefined;
  /**
   * `arrival` (default), or `outcome`: the units are taken on arrival all the same, so that requests at
   * the same time cannot exceed the limit, and given back at the end where the outcome does not count.
   */
  readonly countOn?: 'arrival' | 'outcome' | undefined;
  /** Which status counts where `countOn` is `outcome`. Default 400 and more, as for failed log-ins. */
  readonly counts?: ((status: number) => boolean) | undefined;
  /**
   * `draft` (default): `RateLimit` and `RateLimit-Policy` (draft-ietf-httpapi-ratelimit-headers-10).
   * `legacy`: `X-RateLimit-Limit`, `-Remaining` and `-Reset` (time of day in seconds).
   */
  readonly fields?: RateLimitFields | undefined;
}

/** Options of `rateLimit`: either `rate`, and `burst` with it, or `quota` and `windowMs`. */
export type RateLimitGateOptions<Subject extends readonly unknown[]> = Numbers<Subject> &
  OfRequests<Subject>;

/** Those that are not core's. */
const OWN = ['key', 'skip', 'cost', 'countOn', 'counts', 'fields', 'onReject', 'random'] as const;
const WITH_STORE = ['onStoreLoss', 'leasing', 'tenant', 'deadlineMs', 'keySecret'] as const;
const NUMBERS = ['name', 'rate', 'burst', 'quota', 'windowMs', 'maxKeys', 'clock'] as const;
const KNOWN = [...NUMBERS, ...OWN, 'store', ...WITH_STORE];

/** Checks what belongs to a store alone. */
const assertSharing = (options: Sharing & { readonly key?: unknown }): void => {
  const { store, key, keySecret } = options;
  if (store === undefined) {
    const stray = WITH_STORE.find((name) => options[name] !== undefined);
    if (stray !== undefined) throw wrongType(stray, options[stray], 'nothing without "store"');
    return;
  }
  storeOf(store, ['take', 'count', 'lease', 'release']);
  if (key === undefined && keySecret === undefined && store.scope !== 'process')
    throw wrongType('keySecret', keySecret, 'a secret that all processes have, or a "key"');
  if (key !== undefined && keySecret !== undefined)
    throw wrongType('keySecret', 'a secret', 'nothing beside "key"');
};

/** Options of `rateLimit`, checked but for their numbers. */
export interface RateLimitSettings<Subject extends readonly unknown[]> {
  readonly skip: ((...subject: Subject) => boolean | PromiseLike<boolean>) | undefined;
  /** Undefined where it is fixed. */
  readonly costOf: ((subject: Subject) => number) | undefined;
  readonly onOutcome: boolean;
  readonly counts: (status: number) => boolean;
  readonly draft: boolean;
  readonly legacy: boolean;
}

const isClientOrServerError = (status: number): boolean => status >= 400;

const costOf = <Subject extends readonly unknown[]>(
  cost: RateLimitGateOptions<Subject>['cost'],
): RateLimitSettings<Subject>['costOf'] => {
  if (typeof cost === 'function')
    return (subject) => numberAnswer('cost()', cost(...subject), { whole: true, min: 0 });
  return undefined;
};

export const rateLimitSettings = <Subject extends readonly unknown[]>(
  options: RateLimitGateOptions<Subject>,
): RateLimitSettings<Subject> => {
  assertOptions('rateLimit', options, KNOWN);
  assertSharing(options);
  const { skip, counts } = options;
  assertFunction('skip', skip);
  assertFunction('counts', counts);
  const fields = oneOf('fields', given(options.fields, 'draft'), [
    'draft',
    'legacy',
    'both',
    'none',
  ]);
  const countOn = oneOf('countOn', given(options.countOn, 'arrival'), ['arrival', 'outcome']);
  if (counts !== undefined && countOn === 'arrival')
    throw wrongType('counts', counts, 'nothing unless "countOn" is "outcome"');
  return {
    skip,
    costOf: costOf(options.cost),
    onOutcome: countOn === 'outcome',
    counts: judgement('counts()', given(counts, isClientOrServerError)),
    draft: fields === 'draft' || fields === 'both',
    legacy: fields === 'legacy' || fields === 'both',
  };
};
