import { createHmac } from 'node:crypto';
import { assertOptions, given, numberIn } from '../../options/validate.ts';
import { formatAddress, isFour, networkOf, type Address } from './address.ts';
import {
  clientFinder,
  elementReader,
  settingsOf,
  type ClientAddressOptions,
  type Peer,
  type RequestOrigin,
} from './client-finder.ts';
import { addressOfSocket } from './node.ts';
import { RecentCache } from '../../registry/recent-cache.ts';
import { secretOf } from '../../options/secret.ts';

/** How the key of a client is made. */
export interface ClientKeyOptions extends ClientAddressOptions {
  /**
   * How many bits of an IPv6 address make a client, since most have a whole network: whole, 32 to 128,
   * default 56.
   */
  readonly ipv6Prefix?: number | undefined;
  /**
   * What keys are made with, at least 16 bytes. Processes that share counts need the same one; by default
   * it is random, and the same for all of this process.
   */
  readonly keySecret?: string | Uint8Array | undefined;
  /**
   * How many addresses are remembered with their keys, at most, and how many entries of the field: whole,
   * from 2, default 50,000. One that is forgotten costs some microseconds when it comes back.
   */
  readonly maxCached?: number | undefined;
}

interface Client extends Peer {
  readonly key: string;
}

const KNOWN = ['trust', 'header', 'ipv6Prefix', 'keySecret', 'maxCached'];
const KEY_BYTES = 16;
/** A longer text is read again each time: what is remembered must not grow with what clients send. */
const LONGEST_CACHED = 256;

const keyMaker = (options: ClientKeyOptions): ((address: Address | undefined) => string) => {
  const secret = secretOf(options.keySecret);
  const range = { min: 32, max: 128, whole: true };
  const bits = numberIn('ipv6Prefix', given(options.ipv6Prefix, 56), range);
  const networkText = (address: Address): string =>
    isFour(address) ? formatAddress(address) : `${formatAddress(networkOf(address, bits))}/${bits}`;
  return (address) => {
    const text = address === undefined ? '' : networkText(address);
    const digest = createHmac('sha256', secret).update(text).digest();
    return digest.subarray(0, KEY_BYTES).toString('base64url');
  };
};

/** A text of its own: up to Node 24 a part of a field keeps all of the field in memory. */
const copyOf = (text: string): string => Buffer.from(text, 'latin1').toString('latin1');

/** Remembers what was read of a text. */
const remembering = (
  read: (text: string) => Client | undefined,
  most: number,
): ((text: string) => Client | undefined) => {
  const cache = new RecentCache<Client>(most);
  return (text) => {
    const known = cache.get(text);
    if (known !== undefined) return known;
    const client = read(text);
    if (client !== undefined && text.length <= LONGEST_CACHED) cache.set(copyOf(text), client);
    return client;
  };
};

/**
 * Makes a key for the client of a request that tells clients apart and does not tell who they are: 128
 * bits of an HMAC-SHA256 of the address that `clientAddress` finds (of its network for IPv6), as 22
 * letters of base64url. Keys of different secrets differ. Requests without an address, as over a Unix
 * socket, share one key. A client that is remembered costs about a lookup; memory is bounded. Warns as
 * `clientAddress` does. Throws `TypeError` or `RangeError` for a wrong option; what it returns never
 * throws.
 */
export const clientKey = (options: ClientKeyOptions = {}): ((request: RequestOrigin) => string) => {
  assertOptions('clientKey', options, KNOWN);
  const settings = settingsOf(options);
  const most = numberIn('maxCached', given(options.maxCached, 50_000), { min: 2, whole: true });
  const keyOf = keyMaker(options);
  const clientOf = (address: Address | undefined): Client | undefined =>
    address && { key: keyOf(address), trusted: settings.trust.believes(address) };
  const read = elementReader(settings.header);
  const find = clientFinder(settings, {
    ofSocket: remembering((text) => clientOf(addressOfSocket(text)), most),
    ofElement: remembering((text) => clientOf(read(text)), most),
  });
  const nobody = keyOf(undefined);
  return (request) => find(request)?.key ?? nobody;
};
