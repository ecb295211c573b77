import { BlockList } from 'node:net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { clientAddress } from '../../../src/http/client-key/client-address.ts';
import { asInUrl, four, mapped, six } from './addresses.ts';
import { requestFrom } from './origin.ts';

type Header = 'x-forwarded-for' | 'forwarded';

/** A node as a proxy writes it, and its address; none for those that show no address. */
interface Node {
  readonly xForwardedFor: string;
  readonly forwarded: string;
  readonly address: string | undefined;
}

const header = fc.constantFrom<Header>('x-forwarded-for', 'forwarded');
const port = fc.option(fc.nat(65_535), { nil: undefined });
const before = fc.constantFrom('', 'proto=https;', 'BY="a,b;for=\\"6.6.6.6\\"";', 'host=x; ');
const name = fc.constantFrom('for', 'For', 'FOR');

const nodeOfFour = fc.tuple(four, port, before, name).map(([text, number, front, key]): Node => {
  const node = number === undefined ? text : `${text}:${number}`;
  const value = number === undefined ? text : `"${node}"`;
  return { xForwardedFor: node, forwarded: `${front}${key}=${value}`, address: text };
});

const nodeOfSix = fc
  .tuple(
    fc.oneof(
      six.map((text) => ({ text, address: asInUrl(text) })),
      mapped.map(({ text, dottedText }) => ({ text, address: dottedText })),
    ),
    fc.option(fc.nat(65_535), { nil: undefined }),
    before,
    name,
  )
  .map(([{ text, address }, number, front, key]): Node => {
    const node = number === undefined ? `[${text}]` : `[${text}]:${number}`;
    const xForwardedFor = number === undefined ? text : node;
    return { xForwardedFor, forwarded: `${front}${key}="${node}"`, address };
  });

const nodeOfNobody = fc
  .constantFrom('unknown', '_hidden', '1.2.3.4.5', '[::1', '::g', '01.2.3.4', '1.2.3.4:x', '%')
  .map((text): Node => ({ xForwardedFor: text, forwarded: `for="${text}"`, address: undefined }));

const node = fc.oneof(
  { weight: 4, arbitrary: nodeOfFour },
  { weight: 4, arbitrary: nodeOfSix },
  { weight: 1, arbitrary: nodeOfNobody },
);
const readable = fc.oneof(nodeOfFour, nodeOfSix);

const spoof = fc.string({
  unit: fc.constantFrom(...'",\\;=for[]:.0123456789abcdefunkown_% \té'.split('')),
  maxLength: 60,
});
const comma = fc.constantFrom(',', ', ', ' ,\t', ',,', ', ,');

const fieldOf = (in_: Header, nodes: readonly Node[], between: string): string =>
  nodes.map((each) => (in_ === 'forwarded' ? each.forwarded : each.xForwardedFor)).join(between);

/** The trusted networks of the model, by Node. */
const list = new BlockList();
list.addSubnet('10.0.0.0', 8, 'ipv4');
list.addSubnet('fd00::', 8, 'ipv6');
const CIDRS = ['10.0.0.0/8', 'fd00::/8'];
const isTrusted = (address: string): boolean =>
  list.check(address, address.includes(':') ? 'ipv6' : 'ipv4');

const inside = fc.oneof(
  four.map((text) => text.replace(/^\d+/, '10')),
  six.map((text) => asInUrl(text).replace(/^[\da-f]*:/, 'fd12:')).filter((text) => isTrusted(text)),
);
const nodeInside = inside.map((text): Node => {
  const value = text.includes(':') ? `[${text}]` : text;
  return {
    xForwardedFor: text,
    forwarded: `for="${value}"`,
    address: text.includes(':') ? asInUrl(text) : text,
  };
});
const nodeOutside = readable.filter(({ address }) => !isTrusted(address!));

/** Whom the nodes in front of a socket lead to, by the words of the page and nothing else. */
const expected = (
  socket: string | undefined,
  nodes: readonly Node[],
  believes: (address: string | undefined, depth: number) => boolean,
): string | undefined => {
  const [nearest, ...others] = nodes.toReversed();
  const next = (
    at: string | undefined,
    rest: readonly Node[],
    depth: number,
  ): string | undefined => {
    const [first, ...further] = rest;
    if (!believes(at, depth) || first?.address === undefined) return at;
    return next(first.address, further, depth + 1);
  };
  return next(socket, nearest === undefined ? [] : [nearest, ...others], 0);
};

describe('with a number of proxies', () => {
  it('the client is so many entries from the right, or the last that can be read', () => {
    fc.assert(
      fc.property(
        fc.record({ header, nodes: fc.array(node, { maxLength: 6 }), between: comma }),
        fc.integer({ min: 1, max: 8 }),
        fc.option(four, { nil: undefined }),
        (field, hops, socket) => {
          const find = clientAddress({ trust: { hops }, header: field.header });
          const value = fieldOf(field.header, field.nodes, field.between);
          expect(find(requestFrom(socket, { [field.header]: value }))).toBe(
            expected(socket, field.nodes, (_, depth) => depth < hops),
          );
        },
      ),
      { numRuns: 3_000 },
    );
  });

  it('nothing that a client writes in front changes anything', () => {
    fc.assert(
      fc.property(
        header,
        spoof,
        fc.array(readable, { minLength: 1, maxLength: 4 }),
        comma,
        (in_, front, nodes, between) => {
          const find = clientAddress({ trust: { hops: nodes.length }, header: in_ });
          const value = `${front},${fieldOf(in_, nodes, between)}`;
          expect(find(requestFrom('10.0.0.1', { [in_]: value }))).toBe(nodes[0]!.address);
        },
      ),
      { numRuns: 5_000 },
    );
  });
});

describe('with networks of proxies', () => {
  const known = fc.oneof(
    { weight: 3, arbitrary: nodeInside },
    { weight: 1, arbitrary: nodeOutside },
    { weight: 1, arbitrary: nodeOfNobody },
  );

  it('the client is the first from the right that is in none of them, or the last to be read', () => {
    fc.assert(
      fc.property(
        fc.record({ header, nodes: fc.array(known, { maxLength: 8 }), between: comma }),
        fc.option(fc.oneof(inside, four), { nil: undefined }),
        (field, socket) => {
          const find = clientAddress({ trust: { cidrs: CIDRS }, header: field.header });
          const value = fieldOf(field.header, field.nodes, field.between);
          const at = socket?.includes(':') ? asInUrl(socket) : socket;
          expect(find(requestFrom(socket, { [field.header]: value }))).toBe(
            expected(at, field.nodes, (address) => address !== undefined && isTrusted(address)),
          );
        },
      ),
      { numRuns: 3_000 },
    );
  });

  it('nothing that a client writes in front changes anything', () => {
    fc.assert(
      fc.property(
        header,
        spoof,
        nodeOutside,
        fc.array(nodeInside, { maxLength: 4 }),
        (in_, front, client, proxies) => {
          const find = clientAddress({ trust: { cidrs: CIDRS }, header: in_ });
          const value = `${front}, ${fieldOf(in_, [client, ...proxies], ', ')}`;
          expect(find(requestFrom('10.0.0.1', { [in_]: value }))).toBe(client.address);
        },
      ),
      { numRuns: 5_000 },
    );
  });

  it('a client that comes past the proxies is who its socket says', () => {
    fc.assert(
      fc.property(header, spoof, fc.array(node), nodeOutside, (in_, front, nodes, client) => {
        const find = clientAddress({ trust: { cidrs: CIDRS }, header: in_ });
        const value = `${front}, ${fieldOf(in_, nodes, ', ')}`;
        expect(find(requestFrom(client.address, { [in_]: value }))).toBe(client.address);
      }),
    );
  });
});
