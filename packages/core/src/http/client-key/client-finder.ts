import type { IncomingHttpHeaders } from 'node:http';
import { given, oneOf } from '../../options/validate.ts';
import { forwardedFor } from '../fields/forwarded.ts';
import type { Address } from './address.ts';
import { ElementsFromRight } from './elements-from-right.ts';
import { addressOfNode } from './node.ts';
import { trustOf, type ProxyTrust, type Trust } from './trust.ts';
import { warnOnce } from '../../events/warn-once.ts';

/** The part of a request of `node:http` or `node:http2` that tells where it comes from. */
export interface RequestOrigin {
  readonly headers: IncomingHttpHeaders;
  readonly socket: { readonly remoteAddress?: string | undefined };
}

/** The fields in which proxies say whom they forward for. */
export type ForwardedHeader = 'x-forwarded-for' | 'forwarded';

/** How the address of a client is found. */
export interface ClientAddressOptions {
  /** Whose word is taken; default false, nobody's. */
  readonly trust?: ProxyTrust | undefined;
  /** Where they say it; default `x-forwarded-for`. */
  readonly header?: ForwardedHeader | undefined;
}

/** Whoever stands at an address. */
export interface Peer {
  /** Whether what it appended to the field is believed. */
  readonly trusted: boolean;
}

/** What is known of those that a request came through; undefined for an address that cannot be read. */
export interface Peers<Known extends Peer> {
  ofSocket(text: string): Known | undefined;
  ofElement(text: string): Known | undefined;
}

/** The checked options. */
export interface Settings {
  readonly trust: Trust;
  readonly header: ForwardedHeader;
}

const HEADERS: readonly ForwardedHeader[] = ['x-forwarded-for', 'forwarded'];

export const settingsOf = (options: ClientAddressOptions): Settings => ({
  trust: trustOf(options.trust),
  header: oneOf('header', given(options.header, 'x-forwarded-for'), HEADERS),
});

/** Reads an element of the field. */
export const elementReader = (header: ForwardedHeader): ((text: string) => Address | undefined) =>
  header === 'forwarded' ? (text) => addressOfNode(forwardedFor(text) ?? '') : addressOfNode;

const warnOfUntrusted = ({ headers }: RequestOrigin): void => {
  if (headers['x-forwarded-for'] === undefined && headers.forwarded === undefined) return;
  const name = HEADERS.find((header) => headers[header] !== undefined);
  warnOnce(
    'HF_UNTRUSTED_FORWARDED',
    `a request has a field ${name}, but no proxy is trusted: if there is one, all its clients count as` +
      ' one. Set trust to { hops } or { cidrs }; if there is none, have the field taken off at the edge',
  );
};

/** The address that the connection comes from; a request whose HTTP/2 session is gone throws instead. */
const socketText = ({ socket }: RequestOrigin): string | undefined => {
  try {
    return socket.remoteAddress;
  } catch {
    return undefined;
  }
};

/** Node joins fields of one name, HTTP/1 and 2 alike; other servers may not. */
const fieldOf = ({ headers }: RequestOrigin, header: ForwardedHeader): string => {
  const value: unknown = headers[header];
  if (typeof value === 'string') return value;
  return Array.isArray(value) ? value.join(', ') : '';
};

/**
 * Finds whoever the trusted say a request comes from: from the socket along the field, right to left,
 * for as long as each is trusted and the next can be read.
 */
export const clientFinder = <Known extends Peer>(
  { trust, header }: Settings,
  peers: Peers<Known>,
): ((request: RequestOrigin) => Known | undefined) => {
  const atSocket = (request: RequestOrigin): Known | undefined => {
    const text = socketText(request);
    return text === undefined ? undefined : peers.ofSocket(text);
  };

  const alongField = (field: string): Known | undefined => {
    let client: Known | undefined;
    const elements = new ElementsFromRight(field);
    for (let left = trust.mostEntries; left > 0; left--) {
      const element = elements.next();
      const peer = element === undefined ? undefined : peers.ofElement(element);
      if (peer === undefined) return client;
      client = peer;
      if (!peer.trusted) return client;
    }
    return client;
  };

  const withoutTrust = (request: RequestOrigin): Known | undefined => {
    warnOfUntrusted(request);
    return atSocket(request);
  };

  // Who is at the socket does not matter to these, unless the field says nothing.
  const behindAnyone = (request: RequestOrigin): Known | undefined =>
    alongField(fieldOf(request, header)) ?? atSocket(request);

  const behindTrusted = (request: RequestOrigin): Known | undefined => {
    const nearest = atSocket(request);
    if (nearest === undefined || !nearest.trusted) return nearest;
    return alongField(fieldOf(request, header)) ?? nearest;
  };

  if (trust.mostEntries === 0) return withoutTrust;
  return trust.believesAnyone ? behindAnyone : behindTrusted;
};
