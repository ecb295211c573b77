import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { connect, createServer as createHttp2Server, type Http2Server } from 'node:http2';
import type { AddressInfo, Server } from 'node:net';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { withCookie } from '../../../src/http/inbound/session-cookie-field.ts';

const OURS = 'ours=1; Path=/; HttpOnly';

type Shape = 'object' | 'array' | 'pairs' | 'none';

/** What a handler does to the head of its response. */
interface Head {
  readonly before: readonly string[];
  readonly beforeAsText: boolean;
  readonly shape: Shape;
  /** Cookies handed to `writeHead`. */
  readonly given: readonly string[];
  readonly name: string;
  readonly other: string;
  readonly twice: boolean;
}

const head: fc.Arbitrary<Head> = fc.record({
  before: fc.uniqueArray(fc.constantFrom('a=1', 'b=2; Path=/x', 'c=3'), { maxLength: 3 }),
  beforeAsText: fc.boolean(),
  shape: fc.constantFrom<Shape>('object', 'array', 'pairs', 'none'),
  given: fc.uniqueArray(fc.constantFrom('d=4', 'e=5', 'ours=0'), { maxLength: 3 }),
  name: fc.constantFrom('Set-Cookie', 'set-cookie', 'SET-cookie'),
  other: fc.constantFrom('', 'yes'),
  twice: fc.boolean(),
});

const fieldsOf = ({ given, name, other, twice }: Head): readonly (readonly [string, unknown])[] => {
  const cookies: readonly (readonly [string, unknown])[] = twice
    ? given.map((each) => [name, each])
    : [[name, given]];
  return [
    ...(other === '' ? [] : [['X-Other', other] as const]),
    ...(given.length === 0 ? [] : cookies),
  ];
};

const headersOf = (given: Head): readonly unknown[] => {
  // An object cannot name one field several times.
  const fields = fieldsOf(given.shape === 'object' ? { ...given, twice: false } : given);
  if (given.shape === 'none') return [];
  if (given.shape === 'object') return [Object.fromEntries(fields)];
  return given.shape === 'array' ? [fields.flat()] : [fields];
};

/** What must arrive: what was given to `writeHead` takes the place of what was set before; ours comes last. */
const expected = ({ before, shape, given }: Head): readonly string[] =>
  shape === 'none' || given.length === 0 ? [...before, OURS] : [...given, OURS];

let next: Head | undefined;

const handle = (_: IncomingMessage, response: ServerResponse): void => {
  if (next === undefined) return void response.end();
  const { before, beforeAsText } = next;
  const first = before[0] ?? '';
  if (before.length > 0)
    response.setHeader('Set-Cookie', before.length === 1 && beforeAsText ? first : [...before]);
  const args = withCookie(response, [200, ...headersOf(next)], OURS);
  (response.writeHead as (...given: readonly unknown[]) => unknown)(...args);
  response.end();
};

let server: Server;
let http2: Http2Server;

const listen = async (listening: Server | Http2Server): Promise<void> =>
  new Promise((resolve) => {
    listening.listen(0, '127.0.0.1', resolve);
  });

const urlOf = (listening: Server | Http2Server): string =>
  `http://127.0.0.1:${(listening.address() as AddressInfo).port}`;

beforeAll(async () => {
  server = createServer(handle);
  http2 = createHttp2Server(handle as never);
  await Promise.all([listen(server), listen(http2)]);
});

afterAll(() => {
  server.close();
  http2.close();
});

it('all cookies of a handler arrive, and ours behind them, however the head is written', async () => {
  await fc.assert(
    fc.asyncProperty(head, async (given) => {
      next = given;
      const { headers } = await fetch(urlOf(server));
      expect(headers.getSetCookie()).toEqual(expected(given));
      const other = given.shape === 'none' || given.other === '' ? null : given.other;
      expect(headers.get('x-other')).toBe(other);
    }),
    { numRuns: 300 },
  );
});

it('the same over HTTP/2', async () => {
  const client = connect(urlOf(http2));
  await fc.assert(
    fc.asyncProperty(head, async (given) => {
      next = given;
      const stream = client.request({ ':path': '/' });
      const headers = await new Promise<NodeJS.Dict<string | string[]>>((resolve, reject) => {
        stream.on('response', resolve).on('error', reject);
        stream.resume().end();
      });
      expect(headers['set-cookie']).toEqual(expected(given));
      expect(headers['x-other']).toBe(
        given.shape === 'none' || given.other === '' ? undefined : given.other,
      );
    }),
    { numRuns: 300 },
  );
  client.close();
});

it.each([{ before: [] }, { before: ['a=1'] }, { before: ['a=1', 'b=2'] }])(
  'a second attempt to write a head does not repeat the cookie, behind $before',
  async ({ before }) => {
    const twice = createServer((_, response) => {
      if (before.length > 0) response.setHeader('Set-Cookie', [...before]);
      withCookie(response, [200], OURS);
      withCookie(response, [200, { 'X-Other': 'yes' }], OURS);
      response.end(() => twice.close());
    });
    await listen(twice);
    const { headers } = await fetch(urlOf(twice));
    expect(headers.getSetCookie()).toEqual([...before, OURS]);
  },
);

it('an array that Node would refuse is refused still', async () => {
  const failed = new Promise<unknown>((resolve) => {
    const odd = createServer((_, response) => {
      try {
        response.setHeader('X-Before', 'yes');
        const args = withCookie(response, [200, ['X-Other']], OURS);
        (response.writeHead as (...given: readonly unknown[]) => unknown)(...args);
        resolve(undefined);
      } catch (error) {
        resolve(error);
      }
      response.end(() => odd.close());
    });
    void listen(odd).then(() => fetch(urlOf(odd)));
  });
  expect(await failed).toMatchObject({ code: expect.stringMatching(/^ERR_/u) as string });
});
