import { parameterOf, splitOutsideQuotes, trimmed } from './quoted.ts';

/** Node takes 16 KB of fields in all unless told otherwise; no honest path needs a quarter. */
const LONGEST_VALUE = 4_096;

/** Letters of addresses, ports, brackets, names and obfuscated nodes; never a quote, space or control. */
const PLAIN_NODE = /^[\w.:[\]-]+$/;

/** The node of an element that does not say whom it forwarded for, in the words of RFC 7239, 6.2. */
const UNKNOWN = 'unknown';

/**
 * The `for` of one element of a `Forwarded` field, without quotes; `unknown` for an element that has
 * none, undefined for a malformed one. More lenient than RFC 7239 in one thing: spaces beside `;`.
 */
export const forwardedFor = (element: string): string | undefined => {
  const seen = new Map<string, string>();
  for (const part of splitOutsideQuotes(element, ';')) {
    const text = trimmed(part);
    if (text === '') continue;
    const parameter = parameterOf(text);
    if (parameter === undefined || seen.has(parameter[0])) return undefined;
    seen.set(...parameter);
  }
  return seen.get('for') ?? (seen.size === 0 ? undefined : UNKNOWN);
};

const plainNode = (element: string): string | undefined =>
  PLAIN_NODE.test(element) ? element : undefined;

const nodesOf = (
  value: string | undefined,
  nodeOf: (element: string) => string | undefined,
): string[] | undefined => {
  if (typeof value !== 'string' || value.length > LONGEST_VALUE) return undefined;
  const elements = splitOutsideQuotes(value, ',').map(trimmed);
  // A list may have empty elements (RFC 9110, 5.6.1.2).
  const nodes = elements.filter((element) => element !== '').map(nodeOf);
  const known = nodes.filter((node) => node !== undefined);
  return known.length === nodes.length && known.length > 0 ? known : undefined;
};

/**
 * The nodes of a `Forwarded` field (RFC 7239, 4), the one nearest to the client first, as they were
 * written: an address, perhaps with a port, `unknown`, or an obfuscated one such as `_gateway`;
 * `unknown` also for an element without `for`. Undefined for a field that is missing, empty, longer than
 * 4,096 characters or malformed anywhere. Never throws. The client can write whatever it likes at the
 * front: `clientAddress` tells what may be believed.
 */
export const parseForwarded = (value: string | undefined): string[] | undefined =>
  nodesOf(value, forwardedFor);

/**
 * The nodes of an `X-Forwarded-For` field, the one nearest to the client first, as they were written:
 * addresses, perhaps with ports, or whatever word a proxy puts there. Undefined for a field that is
 * missing, empty, longer than 4,096 characters, or contains what no node can: quotes, spaces within,
 * control characters. Never throws. The client can write whatever it likes at the front: `clientAddress`
 * tells what may be believed.
 */
export const parseXForwardedFor = (value: string | undefined): string[] | undefined =>
  nodesOf(value, plainNode);
