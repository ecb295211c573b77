import { assertOptions, numberIn, outOfRange, wrongType } from '../../options/validate.ts';
import type { Address } from './address.ts';
import { covers, isUnbounded, parseCidr, type Cidr } from './cidr.ts';
import { warnOnce } from '../../events/warn-once.ts';

/**
 * Whose word about a client's address is taken: nobody's, that of a number of proxies in a row, each of
 * which appends the address it was called from, or that of every proxy in these networks (CIDRs such as
 * `10.0.0.0/8` and `fd00::/8`, or single addresses).
 */
export type ProxyTrust = false | { readonly hops: number } | { readonly cidrs: readonly string[] };

/** What a trust means, node for node. */
export interface Trust {
  /** How many entries of the field are looked at, at most. */
  readonly mostEntries: number;
  /** Whether it matters where the entries stem from. */
  readonly believesAnyone: boolean;
  /** Whether what the node at this address appended is believed. */
  believes(address: Address): boolean;
}

/** More proxies in a row than anybody has. */
const MOST_HOPS = 32;
const ALLOWED = 'false, { hops } or { cidrs }';

const NOBODY: Trust = { mostEntries: 0, believesAnyone: false, believes: () => false };

const trustOfHops = (hops: unknown): Trust => ({
  mostEntries: numberIn('trust.hops', hops, { min: 1, max: MOST_HOPS, whole: true }),
  believesAnyone: true,
  believes: () => true,
});

const cidrOf = (text: unknown): Cidr => {
  const allowed = 'networks such as "10.0.0.0/8", and addresses';
  if (typeof text !== 'string') throw wrongType('trust.cidrs', text, allowed);
  const cidr = parseCidr(text);
  if (cidr === undefined) throw outOfRange('trust.cidrs', text, allowed);
  if (isUnbounded(cidr)) warnOfUnbounded(text);
  return cidr;
};

const warnOfUnbounded = (text: string): void =>
  warnOnce(
    'HF_UNBOUNDED_TRUST',
    `proxies in ${text} are trusted, which is everybody: each client can claim any address it likes.` +
      ' Name the networks of your proxies, or their number with { hops }',
  );

const trustOfCidrs = (cidrs: unknown): Trust => {
  if (!Array.isArray(cidrs)) throw wrongType('trust.cidrs', cidrs, 'an array of networks');
  if (cidrs.length === 0) throw outOfRange('trust.cidrs', cidrs, 'at least one network');
  const ranges = cidrs.map(cidrOf);
  return {
    mostEntries: MOST_HOPS,
    believesAnyone: false,
    believes: (address) => ranges.some((range) => covers(range, address)),
  };
};

/** Checks a trust; warns once a process where it includes everybody. */
export const trustOf = (trust: ProxyTrust | undefined): Trust => {
  if (trust === undefined || trust === false) return NOBODY;
  if (typeof trust !== 'object') throw wrongType('trust', trust, ALLOWED);
  assertOptions('trust', trust, ['hops', 'cidrs']);
  const { hops, cidrs }: { readonly hops?: unknown; readonly cidrs?: unknown } = trust;
  if (hops !== undefined && cidrs !== undefined) throw wrongType('trust', trust, ALLOWED);
  if (cidrs !== undefined) return trustOfCidrs(cidrs);
  if (!('hops' in trust)) throw wrongType('trust', trust, ALLOWED);
  return trustOfHops(hops);
};
