import { nameOf, outOfRange } from '../../options/validate.ts';

const PRINTABLE = /^[ -~]+$/;
const NEEDS_ESCAPE = /["\\]/g;

/** The name of a limit, checked and quoted once for all responses that carry it. */
export interface PolicyName {
  readonly name: string;
  /** As a structured-field string, in quotes. */
  readonly quoted: string;
}

/** A structured-field string (RFC 9651, 3.3.3). */
export const quotedString = (option: string, value: unknown): string => {
  const text = nameOf(option, value);
  if (!PRINTABLE.test(text)) throw outOfRange(option, text, 'printable letters of ASCII');
  return `"${text.replace(NEEDS_ESCAPE, String.raw`\$&`)}"`;
};

/**
 * Prepares a name for `formatRateLimit` and `formatRateLimitPolicy`. Throws `TypeError` or `RangeError`
 * for an empty one, and for letters that a structured-field string cannot hold.
 */
export const policyName = (name: string): PolicyName => ({
  name,
  quoted: quotedString('name', name),
});

/** The name in quotes, whether it was prepared or not. */
export const quotedName = (name: PolicyName | string): string =>
  typeof name === 'string' ? quotedString('name', name) : name.quoted;
