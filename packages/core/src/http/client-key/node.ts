import { parseAddress, type Address } from './address.ts';

/** Of RFC 7239, 6: a number or an obfuscated word. */
const PORT = /^:(?:\d{1,5}|_[\w.-]+)$/;

const isPort = (text: string): boolean => text === '' || PORT.test(text);

/** `[2001:db8::1]` and `[2001:db8::1]:443`. */
const addressInBrackets = (node: string): Address | undefined => {
  const end = node.indexOf(']');
  const inside = node.slice(1, end);
  return end > 0 && inside.includes(':') && isPort(node.slice(end + 1))
    ? parseAddress(inside)
    : undefined;
};

/**
 * The address of a node as proxies write it (RFC 7239, 6, and the habits around `X-Forwarded-For`):
 * with or without brackets and a port. Undefined for `unknown`, obfuscated and malformed ones.
 */
export const addressOfNode = (node: string): Address | undefined => {
  if (node.startsWith('[')) return addressInBrackets(node);
  const colon = node.indexOf(':');
  // With several colons it is IPv6, where only brackets could tell a port from a group.
  if (colon < 0 || colon !== node.lastIndexOf(':')) return parseAddress(node);
  return isPort(node.slice(colon)) ? parseAddress(node.slice(0, colon)) : undefined;
};

/** The address of a socket, which may end in a zone (`fe80::1%eth0`): the zone is the server's own. */
export const addressOfSocket = (text: string): Address | undefined => {
  const zone = text.indexOf('%');
  return parseAddress(zone < 0 ? text : text.slice(0, zone));
};
