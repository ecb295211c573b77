import {
  formatPriority,
  formatRateLimit,
  formatRateLimitPolicy,
  parseIdempotencyKey,
  parsePriority,
  parseRateLimit,
  parseRateLimitPolicy,
  policyName,
  prefersPlainText,
  type Priority,
  type QuotaPolicy,
  type ServiceLimit,
} from '../src/http/index.ts';
import type { Chance } from './chance.ts';
import { meaningOf, unlessSame, type Target } from './target.ts';

const MOST_DIGITS = 15;

/** Any text that a structured-field string can hold. */
const printable = (chance: Chance): string => {
  let text = '';
  for (let left = 1 + chance.below(12); left > 0; left--)
    text += String.fromCharCode(0x20 + chance.below(95));
  return text;
};

const idempotencyKey: Target<string | undefined> = {
  name: 'Idempotency-Key',
  samples: ['"8e03978e-40d5-43dd-bc93-6894a57f9324"', '"k"', '"a";b=1;c="d"', String.raw`"\"\\"`],
  letters: '"\\;=abc019:?@%() ',
  read: parseIdempotencyKey,
  accepts: (key) => key !== undefined,
  complaint: (key) =>
    key === undefined || /^[ -~]{1,1022}$/.test(key) ? undefined : `no key is ${meaningOf(key)}`,
  write: (chance) => {
    const key = printable(chance);
    const escaped = key.replace(/["\\]/g, String.raw`\$&`);
    return { text: ` "${escaped}" `.slice(chance.below(2)), meaning: meaningOf(key) };
  },
};

const isDefault = ({ urgency, incremental }: Priority): boolean => urgency === 3 && !incremental;

const priority: Target<Priority> = {
  name: 'Priority',
  samples: ['u=1', 'u=5, i', 'i', 'i=?0,u=7', 'u=2;a=b, x=("y" z);q, i'],
  letters: 'ui=0123789,;?() "',
  read: parsePriority,
  accepts: (value) => !isDefault(value),
  complaint: (value) => unlessSame('a priority', value, parsePriority(formatPriority(value))),
  write: (chance) => {
    const value = { urgency: chance.below(8), incremental: chance.once(2) };
    return { text: formatPriority(value), meaning: meaningOf(value) };
  },
};

/** No longer than the field it was read from, which was not too long to be read. */
const fieldOf = <Item>(items: readonly Item[], format: (item: Item) => string): string =>
  items.map(format).join(',');

const limits: Target<ServiceLimit[]> = {
  name: 'RateLimit',
  samples: ['"burst";r=50;t=30', '"a";r=0', '"day";r=1;t=2;pk=:YWJj:, "b";r=3', '"x"; r=1; t=60'],
  letters: '"abrt;=,0159:- .',
  read: parseRateLimit,
  accepts: (value) => value.length > 0,
  complaint: (value) => {
    // Whose quota it is can be read, not written.
    const known = value.filter(
      ({ name, partitionKey }) => name !== '' && partitionKey === undefined,
    );
    return unlessSame('limits', known, parseRateLimit(fieldOf(known, formatRateLimit)));
  },
  write: (chance) => {
    const all = Array.from({ length: 1 + chance.below(3) }, () => ({
      name: printable(chance),
      remaining: chance.magnitude(MOST_DIGITS),
      ...(chance.once(3) ? {} : { resetSeconds: chance.magnitude(MOST_DIGITS) }),
    }));
    const prepared = all.map((limit) => ({ ...limit, name: policyName(limit.name) }));
    return { text: prepared.map(formatRateLimit).join(', '), meaning: meaningOf(all) };
  },
};

const policies: Target<QuotaPolicy[]> = {
  name: 'RateLimit-Policy',
  samples: [
    '"burst";q=100;w=60',
    '"daily";q=1000;w=86400, "pool";q=50;qu="concurrent-requests"',
    '"x";q=1;pk=:YWJjZA==:',
  ],
  letters: '"abqupkw;=,0159:- .',
  read: parseRateLimitPolicy,
  accepts: (value) => value.length > 0,
  complaint: (value) => {
    // Base64 may come without its padding, and is never written so.
    const named = value.filter(
      ({ name, unit, partitionKey }) => name !== '' && unit !== '' && partitionKey === undefined,
    );
    return unlessSame(
      'policies',
      named,
      parseRateLimitPolicy(fieldOf(named, formatRateLimitPolicy)),
    );
  },
  write: (chance) => {
    const all = Array.from({ length: 1 + chance.below(3) }, () => ({
      name: printable(chance),
      quota: chance.magnitude(MOST_DIGITS),
      unit: chance.once(2) ? 'requests' : printable(chance),
      ...(chance.once(3) ? {} : { windowSeconds: 1 + chance.magnitude(MOST_DIGITS - 1) }),
      ...(chance.once(2)
        ? {}
        : { partitionKey: Uint8Array.from(printable(chance), (_, at) => at * 37) }),
    }));
    return { text: all.map(formatRateLimitPolicy).join(', '), meaning: meaningOf(all) };
  },
};

const weight = (thousandths: number): string => (thousandths / 1_000).toFixed(3);

const accept: Target<boolean> = {
  name: 'Accept',
  samples: [
    'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8',
    'text/plain',
    'text/*;q=0.3, text/plain;charset="utf-8";q=0.7',
    'application/problem+json;q=0.1, text/plain;q=0.2;ext="a,b"',
    'application/json, text/plain, */*',
  ],
  letters: 'text/plain*,;q=01."\\ ',
  read: prefersPlainText,
  accepts: (value) => value,
  complaint: () => undefined,
  write: (chance) => {
    const [text, problem] = [chance.below(1_001), chance.below(1_001)];
    const ranges = [`text/plain;q=${weight(text)}`, `application/*;q=${weight(problem)}`, '*/*'];
    const field = chance.once(2) ? ranges : ranges.toReversed();
    return { text: field.join(', '), meaning: meaningOf(text > problem) };
  },
};

/** Fields with a structure of their own. */
export const FIELD_TARGETS: readonly Target[] = [
  idempotencyKey,
  priority,
  limits,
  policies,
  accept,
];
