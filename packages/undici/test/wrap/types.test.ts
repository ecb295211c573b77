import * as undici from 'undici';
import type { Dispatcher } from 'undici';
import { expectTypeOf, test } from 'vitest';
import { wrapFetch, wrapRequest, type CallPolicies } from '../../src/index.ts';

// Only their types are looked at: none of these is called.
const overGlobal = wrapFetch(globalThis.fetch);
const overUndici = wrapFetch(undici.fetch);
const wrapped = wrapRequest(undici.request);

test('a wrapped global fetch stands wherever the global fetch does', () => {
  expectTypeOf(overGlobal).toExtend<typeof globalThis.fetch>();
  const replaced: typeof globalThis.fetch = overGlobal;
  expectTypeOf(replaced).toBeFunction();
  expectTypeOf<Awaited<ReturnType<typeof overGlobal>>>().toEqualTypeOf<Response>();
});

test('a wrapped fetch of undici’s gives undici’s Response, and takes a dispatcher', () => {
  expectTypeOf(overUndici).toExtend<typeof undici.fetch>();
  expectTypeOf<Awaited<ReturnType<typeof overUndici>>>().toEqualTypeOf<undici.Response>();
  expectTypeOf({ dispatcher: new undici.Agent() }).toExtend<Parameters<typeof overUndici>[1]>();
});

test('a body may be made by a function, which the plain fetch does not take', () => {
  type Init = NonNullable<Parameters<typeof overGlobal>[1]>;
  expectTypeOf<() => string>().toExtend<Init['body']>();
  expectTypeOf<() => ReadableStream>().toExtend<Init['body']>();
  expectTypeOf<() => number>().not.toExtend<Init['body']>();
  expectTypeOf<Init['idempotent']>().toEqualTypeOf<boolean | undefined>();
});

test('request tells what its opaque is', () => {
  const withOpaque = (): ReturnType<typeof wrapped<{ id: number }>> =>
    wrapped('http://a.example', { opaque: { id: 1 } });
  expectTypeOf(withOpaque).returns.resolves.toHaveProperty('opaque');
  const inferred = () => wrapped('http://a.example', { opaque: { id: 1 } });
  expectTypeOf(inferred).returns.resolves.toEqualTypeOf<Dispatcher.ResponseData<{ id: number }>>();
  const without = () => wrapped(new URL('http://a.example'));
  expectTypeOf(without).returns.resolves.toEqualTypeOf<Dispatcher.ResponseData>();
});

test('and the policies of each key are at hand', () => {
  for (const { policies } of [overGlobal, overUndici, wrapped])
    expectTypeOf(policies.get('key')).toEqualTypeOf<CallPolicies>();
});
