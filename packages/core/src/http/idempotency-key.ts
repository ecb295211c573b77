import { randomUUID } from 'node:crypto';
import { parseItem } from 'structured-headers';

/** Far more than a key needs; what is longer is not worth the time to read it. */
const LONGEST_VALUE = 1_024;

const itemOf = (value: string): unknown => {
  try {
    return parseItem(value)[0];
  } catch {
    return undefined;
  }
};

/**
 * A new value for an `Idempotency-Key` field: a random UUID as a structured-field string, in quotes
 * (draft-ietf-httpapi-idempotency-key-header-07, 2.1). Make one for each logical call and send it with
 * every attempt of it.
 */
export const idempotencyKey = (): string => `"${randomUUID()}"`;

/**
 * The key in an `Idempotency-Key` field, without its quotes. Strict: undefined for a field that is
 * missing, empty, longer than 1,024 characters, or anything but one structured-field string (RFC 9651,
 * 3.3.3), such as a key without quotes. Parameters are left aside. Never throws.
 */
export const parseIdempotencyKey = (value: string | undefined): string | undefined => {
  if (typeof value !== 'string' || value.length > LONGEST_VALUE) return undefined;
  const item = itemOf(value);
  return typeof item === 'string' && item !== '' ? item : undefined;
};
