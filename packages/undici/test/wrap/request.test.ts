import fc from 'fast-check';
import { FormData as UndiciFormData } from 'undici';
import { describe, expect, it } from 'vitest';
import { hasHeader, isReplayable, stableRequest, withHeader } from '../../src/request.ts';
import type { DispatchOptions } from '../../src/exchange.ts';

type Headers_ = NonNullable<DispatchOptions['headers']>;
type Field = readonly [name: string, value: string];

const NAMES = ['idempotency-key', 'X-Attempt', 'x-attempt', 'ACCEPT', 'cookie', 'a', 'x-attempts'];
const fields: fc.Arbitrary<readonly Field[]> = fc.array(
  fc.tuple(fc.constantFrom(...NAMES), fc.constantFrom('1', 'two', 'x-attempt', 'idempotency-key')),
  { maxLength: 6 },
);

function* each(list: readonly Field[]): Generator<[string, string]> {
  for (const [name, value] of list) yield [name, value];
}

/** Every form in which undici takes fields. Records, maps and `Headers` keep one field of a name. */
const FORMS: Record<string, (list: readonly Field[]) => Headers_> = {
  'a flat list': (list) => list.flat(),
  'a record': (list) => Object.fromEntries(list),
  'a map': (list) => new Map(list),
  Headers: (list) => new Headers(list.map(([name, value]) => [name, value])),
  'a generator': (list) => each(list),
};

/** What undici sends of fields that may be read once. */
const sent = (headers: DispatchOptions['headers']): Field[] => {
  if (Array.isArray(headers))
    return headers.flatMap((name, index) =>
      index % 2 === 0 ? [[name.toLowerCase(), String(headers[index + 1])] as const] : [],
    );
  const pairs: Iterable<readonly [string, unknown]> =
    Symbol.iterator in Object(headers)
      ? (headers as Iterable<readonly [string, unknown]>)
      : Object.entries(headers ?? {});
  return Array.from(pairs, ([name, value]) => [name.toLowerCase(), String(value)] as const);
};

const requestWith = (headers: Headers_): DispatchOptions => ({ path: '/', method: 'GET', headers });

describe.each(Object.entries(FORMS))('fields as %s', (_, form) => {
  it('are sent as they were, however often they are read', () => {
    fc.assert(
      fc.property(fields, (list) => {
        const stable = stableRequest(requestWith(form(list)));
        expect(sent(stable.headers)).toEqual(sent(form(list)));
        expect(sent(stable.headers)).toEqual(sent(form(list)));
      }),
    );
  });

  it('are found by name, whatever their case', () => {
    fc.assert(
      fc.property(fields, (list) => {
        const stable = stableRequest(requestWith(form(list)));
        for (const name of ['x-attempt', 'idempotency-key', 'absent'])
          expect(hasHeader(stable, name)).toBe(
            list.some(([each_]) => each_.toLowerCase() === name),
          );
      }),
    );
  });

  it('can be given one more, in the place of what bore its name', () => {
    fc.assert(
      fc.property(fields, (list) => {
        const given = sent(withHeader(requestWith(form(list)), 'x-attempt', '9').headers);
        const others = sent(form(list)).filter(([name]) => name !== 'x-attempt');
        expect(given.filter(([name]) => name !== 'x-attempt')).toEqual(others);
        expect(given.filter(([name]) => name === 'x-attempt')).toEqual([['x-attempt', '9']]);
      }),
    );
  });
});

it('a request without fields can be given one', () => {
  for (const headers of [undefined, null]) {
    const request = { path: '/', method: 'GET', ...(headers === null ? { headers } : {}) } as const;
    expect(hasHeader(stableRequest(request), 'a')).toBe(false);
    expect(withHeader(request, 'a', '1').headers).toEqual({ a: '1' });
  }
});

it('a field without a value is none, for undici does not send it', () => {
  const record = requestWith({ 'idempotency-key': undefined });
  const list = requestWith(['idempotency-key', undefined] as unknown as string[]);
  for (const request of [record, list]) expect(hasHeader(request, 'idempotency-key')).toBe(false);
});

it('the request that was given is left as it was', () => {
  const headers = { 'X-Attempt': '1' };
  const request = requestWith(headers);
  withHeader(request, 'x-attempt', '2');
  expect(headers).toEqual({ 'X-Attempt': '1' });
  expect(request.headers).toBe(headers);
});

const stream = (): ReadableStream => new Blob(['x']).stream();

it.each([
  ['nothing', null, true],
  ['a string', 'x', true],
  ['a buffer', Buffer.from('x'), true],
  ['bytes', new Uint8Array(1), true],
  ['an array buffer', new ArrayBuffer(1), true],
  ['a blob', new Blob(['x']), true],
  ['search parameters', new URLSearchParams('a=1'), true],
  ['a form', new FormData(), true],
  ['a form of undici’s own', new UndiciFormData(), true],
  ['a stream', stream(), false],
  ['a generator', each([]), false],
])('a body of %s can be sent twice: %s', (_, body, replayable) => {
  expect(isReplayable({ body: body as null })).toBe(replayable);
});
