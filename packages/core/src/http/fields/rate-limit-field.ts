import { quotedName, type PolicyName } from './policy-name.ts';
import { countOf, MOST, namedMembers, partitionKeyOf, type Member } from './rate-limit-member.ts';
import { listOf } from './structured.ts';

/** What is left of one quota: a member of a `RateLimit` field. */
export interface ServiceLimit {
  readonly name: string;
  /** Units that may still be used. */
  readonly remaining: number;
  /** Seconds until there are more. */
  readonly resetSeconds?: number;
  /** Whose quota it is, in bytes that mean nothing to others. */
  readonly partitionKey?: Uint8Array;
}

/** What `formatRateLimit` writes. */
export interface RateLimitFieldOptions {
  /** Prepared by `policyName`, or a text that is checked and quoted again for each response. */
  readonly name: PolicyName | string;
  readonly remaining: number;
  readonly resetSeconds?: number | undefined;
}

/** The nearest number that the field can hold. */
const held = (value: number): number => (value >= 0 ? Math.min(value, MOST) : 0);

/**
 * One member of a `RateLimit` field (draft-ietf-httpapi-ratelimit-headers-10), such as
 * `"burst";r=50;t=30`; join several with a comma. Written for every response, so numbers are not refused
 * but brought into range: what remains is rounded down, the seconds up, below 0 and NaN become 0. Throws
 * only for a name that was not prepared and cannot be written.
 */
export const formatRateLimit = (limit: RateLimitFieldOptions): string => {
  const { resetSeconds } = limit;
  const field = `${quotedName(limit.name)};r=${held(Math.floor(limit.remaining))}`;
  return resetSeconds === undefined ? field : `${field};t=${held(Math.ceil(resetSeconds))}`;
};

const limitOf = (member: Member): ServiceLimit | undefined => {
  const remaining = countOf(member.parameters.get('r'));
  const resetSeconds = countOf(member.parameters.get('t'));
  const partitionKey = partitionKeyOf(member);
  if (remaining === undefined) return undefined;
  return {
    name: member.name,
    remaining,
    ...(resetSeconds === undefined ? {} : { resetSeconds }),
    ...(partitionKey === undefined ? {} : { partitionKey }),
  };
};

/**
 * Reads a `RateLimit` field (draft-ietf-httpapi-ratelimit-headers-10). Members without a string as
 * their name or a whole `r` from 0 are left aside, and so is a `t` or `pk` of another type; nothing is
 * left of a field that is missing, malformed or longer than 2,048 characters. Never throws.
 */
export const parseRateLimit = (value: string | undefined): ServiceLimit[] =>
  namedMembers(listOf(value))
    .map(limitOf)
    .filter((limit) => limit !== undefined);
