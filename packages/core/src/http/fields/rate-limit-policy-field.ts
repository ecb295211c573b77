import { assertOptions, numberIn, wrongType } from '../../options/validate.ts';
import { quotedName, quotedString, type PolicyName } from './policy-name.ts';
import { countOf, MOST, namedMembers, partitionKeyOf, type Member } from './rate-limit-member.ts';
import { listOf } from './structured.ts';

/** One quota: a member of a `RateLimit-Policy` field. */
export interface QuotaPolicy {
  readonly name: string;
  /** Units that may be used, in a window where there is one. */
  readonly quota: number;
  readonly windowSeconds?: number;
  /** `requests` where nothing is said; registered are also `content-bytes` and `concurrent-requests`. */
  readonly unit: string;
  /** Whose quota it is, in bytes that mean nothing to others. */
  readonly partitionKey?: Uint8Array;
}

/** What `formatRateLimitPolicy` writes. */
export interface RateLimitPolicyFieldOptions {
  readonly name: PolicyName | string;
  readonly quota: number;
  readonly windowSeconds?: number | undefined;
  readonly unit?: string | undefined;
  readonly partitionKey?: Uint8Array | undefined;
}

const DEFAULT_UNIT = 'requests';
const KNOWN = ['name', 'quota', 'windowSeconds', 'unit', 'partitionKey'];

const unitText = (unit: string | undefined): string =>
  unit === undefined || unit === DEFAULT_UNIT ? '' : `;qu=${quotedString('unit', unit)}`;

const windowText = (seconds: number | undefined): string => {
  if (seconds === undefined) return '';
  return `;w=${numberIn('windowSeconds', seconds, { min: 1, max: MOST, whole: true })}`;
};

const partitionText = (key: Uint8Array | undefined): string => {
  if (key === undefined) return '';
  if (!(key instanceof Uint8Array)) throw wrongType('partitionKey', key, 'a Uint8Array');
  return `;pk=:${Buffer.from(key.buffer, key.byteOffset, key.byteLength).toString('base64')}:`;
};

/**
 * One member of a `RateLimit-Policy` field (draft-ietf-httpapi-ratelimit-headers-10), such as
 * `"burst";q=100;w=60`; join several with a comma. The same for every response unless it has a
 * partition key: make it once. Throws `TypeError` or `RangeError` for a quota that is not whole and from
 * 0, a window that is not whole and from 1, and a name or unit that cannot be written.
 */
export const formatRateLimitPolicy = (policy: RateLimitPolicyFieldOptions): string => {
  assertOptions('formatRateLimitPolicy', policy, KNOWN);
  const quota = numberIn('quota', policy.quota, { min: 0, max: MOST, whole: true });
  const { windowSeconds, unit, partitionKey } = policy;
  const rest = unitText(unit) + windowText(windowSeconds) + partitionText(partitionKey);
  return `${quotedName(policy.name)};q=${quota}${rest}`;
};

const policyOf = (member: Member): QuotaPolicy | undefined => {
  const { name, parameters } = member;
  const quota = countOf(parameters.get('q'));
  const unit = parameters.get('qu') ?? DEFAULT_UNIT;
  const windowSeconds = countOf(parameters.get('w'), 1);
  const partitionKey = partitionKeyOf(member);
  // What a quota counts must be known; all else can be left aside.
  if (quota === undefined || typeof unit !== 'string') return undefined;
  return {
    name,
    quota,
    unit,
    ...(windowSeconds === undefined ? {} : { windowSeconds }),
    ...(partitionKey === undefined ? {} : { partitionKey }),
  };
};

/**
 * Reads a `RateLimit-Policy` field (draft-ietf-httpapi-ratelimit-headers-10). Members without a
 * string as their name, a whole `q` from 0 or with a `qu` that is no string are left aside, and so is a
 * `w` or `pk` of another type; nothing is left of a field that is missing, malformed or longer than 2,048
 * characters. Never throws.
 */
export const parseRateLimitPolicy = (value: string | undefined): QuotaPolicy[] =>
  namedMembers(listOf(value))
    .map(policyOf)
    .filter((policy) => policy !== undefined);
