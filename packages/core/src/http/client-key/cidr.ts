import { isFour, MAPPED_BITS, maskOf, networkOf, parseAddress, type Address } from './address.ts';

/** All addresses that begin with the same bits. */
export interface Cidr {
  readonly network: Address;
  readonly bits: number;
  readonly four: boolean;
}

const PREFIX = /^(?:0|[1-9]\d{0,2})$/;
const FOUR_BITS = 32;
const SIX_BITS = 128;

const prefixOf = (text: string | undefined, most: number): number | undefined => {
  if (text === undefined) return most;
  return PREFIX.test(text) && Number(text) <= most ? Number(text) : undefined;
};

/** Reads `10.0.0.0/8`, `2001:db8::/32`, or an address that stands for itself; undefined for others. */
export const parseCidr = (text: string): Cidr | undefined => {
  const [addressText = '', prefixText, ...more] = text.split('/');
  const dotted = !addressText.includes(':');
  const address = parseAddress(addressText);
  const prefix = prefixOf(prefixText, dotted ? FOUR_BITS : SIX_BITS);
  if (address === undefined || prefix === undefined || more.length > 0) return undefined;
  const bits = dotted ? MAPPED_BITS + prefix : prefix;
  return { network: networkOf(address, bits), bits, four: bits >= MAPPED_BITS && isFour(address) };
};

/** Whether it has every address of its kind. */
export const isUnbounded = ({ bits, four }: Cidr): boolean => bits === (four ? MAPPED_BITS : 0);

/** Whether an address lies within; one of IPv4 never lies in a range of IPv6, such as `::/64`. */
export const covers = ({ network, bits, four }: Cidr, address: Address): boolean =>
  four === isFour(address) &&
  address.every((group, index) => (group & maskOf(bits, index)) === network[index]);
