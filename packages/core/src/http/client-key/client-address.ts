import { assertOptions } from '../../options/validate.ts';
import { formatAddress, type Address } from './address.ts';
import {
  clientFinder,
  elementReader,
  settingsOf,
  type ClientAddressOptions,
  type Peer,
  type RequestOrigin,
} from './client-finder.ts';
import { addressOfSocket } from './node.ts';

interface Client extends Peer {
  readonly address: Address;
}

/**
 * Finds the address of a client. Only what trusted proxies appended is believed: the field is read from
 * the right, from the socket's own address on, so that what a client wrote in front of it never counts.
 * With `hops` the last so many entries are believed, or all where there are fewer; with `cidrs` one
 * after the other for as long as it stems from a trusted address, 32 at most. An entry that cannot be
 * read (`unknown`, obfuscated, malformed) ends the search at the last one that could. The address comes
 * without port, brackets and zone, IPv4 dotted however it was written, IPv6 as RFC 5952 has it;
 * undefined where not even the socket has one (a Unix socket, or one that is gone).
 *
 * Warns once a process when such a field arrives and nobody is trusted (`HF_UNTRUSTED_FORWARDED`), and
 * when a network includes everybody (`HF_UNBOUNDED_TRUST`). Throws `TypeError` or `RangeError` for a
 * wrong option; what it returns never throws.
 */
export const clientAddress = (
  options: ClientAddressOptions = {},
): ((request: RequestOrigin) => string | undefined) => {
  assertOptions('clientAddress', options, ['trust', 'header']);
  const settings = settingsOf(options);
  const clientOf = (address: Address | undefined): Client | undefined =>
    address && { address, trusted: settings.trust.believes(address) };
  const read = elementReader(settings.header);
  const find = clientFinder(settings, {
    ofSocket: (text) => clientOf(addressOfSocket(text)),
    ofElement: (text) => clientOf(read(text)),
  });
  return (request) => {
    const client = find(request);
    return client && formatAddress(client.address);
  };
};
