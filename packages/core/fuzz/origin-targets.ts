import { isIP } from 'node:net';
import { clientAddress, clientKey, parseForwarded, parseXForwardedFor } from '../src/http/index.ts';
import type { Chance } from './chance.ts';
import { inputFor } from './inputs.ts';
import { meaningOf, type Target, type Written } from './target.ts';

type Header = 'forwarded' | 'x-forwarded-for';
type Nodes = string[] | undefined;

const SOCKET = '10.0.0.1';
const SHAPES: Readonly<Record<Header, Pick<Target, 'samples' | 'letters'>>> = {
  forwarded: {
    samples: [
      'for=192.0.2.60;proto=http;by=203.0.113.43',
      'For="[2001:db8:cafe::17]:4711"',
      'for=_hidden, for=unknown',
      String.raw`host="a,\"b";for=10.0.0.2`,
      'for=10.1.2.3, for="10.0.0.1:80"',
    ],
    letters: 'for=FOR"\\;,.[]:_0129af ',
  },
  'x-forwarded-for': {
    samples: [
      '203.0.113.7',
      '203.0.113.7, 10.0.0.2',
      '2001:db8::1, ::ffff:10.1.2.3, 10.0.0.9:80',
      '[2001:db8::1]:443',
      'unknown, _a, 10.0.0.1',
    ],
    letters: '0129af.:,[] _"',
  },
};

const byteOf = (chance: Chance): number => chance.below(256);

const dotted = (chance: Chance, first: number): string =>
  [first, byteOf(chance), byteOf(chance), byteOf(chance)].join('.');

const nodesOf = (chance: Chance): string[] =>
  Array.from({ length: 1 + chance.below(4) }, () =>
    chance.once(3) ? '_hidden' : dotted(chance, 1 + byteOf(chance)),
  );

/** What a proxy may write about a node; a client can have a part in the `host`. */
const elementFor = (node: string, chance: Chance): string =>
  chance.pick([
    `for=${node}`,
    `For="${node}";proto=https`,
    String.raw`host="a\", for=6.6.6.6;\\";for=${node}`,
  ]);

const listed = (header: Header, all: readonly string[], chance: Chance): string =>
  all
    .map((node) => (header === 'forwarded' ? elementFor(node, chance) : node))
    .join(chance.pick([',', ', ', ' ,, ']));

const nodes = (name: string, header: Header, read: (text: string) => Nodes): Target<Nodes> => ({
  name,
  ...SHAPES[header],
  read,
  accepts: (value) => value !== undefined,
  complaint: (value) =>
    value === undefined || value.length > 0 ? undefined : 'a list of no nodes',
  write: (chance) => {
    const all = nodesOf(chance);
    return { text: listed(header, all, chance), meaning: meaningOf(all) };
  },
});

/** A client behind a trusted proxy or two, with anything at all in front of what they appended. */
const spoofed = (
  target: Pick<Target, 'samples' | 'letters'>,
  header: Header,
  chance: Chance,
): Written => {
  const client = dotted(chance, 203);
  const front = inputFor({ ...address(header), ...target }, chance);
  const honest = listed(header, [client, dotted(chance, 10)], chance);
  return { text: `${front},${honest}`, meaning: meaningOf(client) };
};

const address = (header: Header): Target<string | undefined> => {
  const find = clientAddress({ trust: { cidrs: ['10.0.0.0/8'] }, header });
  const byHops = clientAddress({ trust: { hops: 2 }, header });
  return {
    name: `clientAddress, ${header}`,
    ...SHAPES[header],
    read: (text) => {
      const request = { headers: { [header]: text }, socket: { remoteAddress: SOCKET } };
      byHops(request);
      return find(request);
    },
    accepts: (value) => value !== SOCKET,
    complaint: (value) =>
      isIP(value ?? '') === 0 ? `no address is ${meaningOf(value)}` : undefined,
    write: (chance) => spoofed(SHAPES[header], header, chance),
  };
};

const keyOf = clientKey({
  trust: { cidrs: ['10.0.0.0/8'] },
  keySecret: 'not much of a secret',
  maxCached: 100,
});

const key: Target<string> = {
  name: 'clientKey, x-forwarded-for',
  ...SHAPES['x-forwarded-for'],
  read: (text) =>
    keyOf({ headers: { 'x-forwarded-for': text }, socket: { remoteAddress: SOCKET } }),
  accepts: (value) => value !== keyOf({ headers: {}, socket: { remoteAddress: SOCKET } }),
  complaint: (value) => (/^[\w-]{22}$/.test(value) ? undefined : `no key is ${value}`),
  write: (chance) => {
    const { text, meaning } = spoofed(SHAPES['x-forwarded-for'], 'x-forwarded-for', chance);
    const remoteAddress: unknown = JSON.parse(meaning);
    return {
      text,
      meaning: meaningOf(keyOf({ headers: {}, socket: { remoteAddress: String(remoteAddress) } })),
    };
  },
};

/** Fields that say where a request comes from. */
export const ORIGIN_TARGETS: readonly Target[] = [
  nodes('Forwarded', 'forwarded', parseForwarded),
  nodes('X-Forwarded-For', 'x-forwarded-for', parseXForwardedFor),
  address('forwarded'),
  address('x-forwarded-for'),
  key,
];
