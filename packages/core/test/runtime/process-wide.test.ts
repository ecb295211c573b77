import { expect, test } from 'vitest';
import { processWide } from '../../src/runtime/process-wide.ts';
import type * as Copy from '../../src/runtime/process-wide.ts';

test('is one for all copies of the package, made once, and shows in no loop over globals', async () => {
  const copy = '../../src/runtime/process-wide.ts?copy';
  const { processWide: another }: typeof Copy = await import(copy);
  expect(another).not.toBe(processWide);
  const made = processWide('test.one', () => ({ by: 'this copy' }));
  expect(another('test.one', () => ({ by: 'another' }))).toBe(made);
  expect(Object.getOwnPropertyDescriptor(globalThis, Symbol.for('holdfast.test.one'))).toEqual({
    value: made,
    configurable: false,
    enumerable: false,
    writable: false,
  });
});

test('is looked for without being made where there is nothing to make it of', () => {
  const nothing = (): { readonly found: boolean } | undefined => undefined;
  expect(processWide('test.none', nothing)).toBeUndefined();
  expect(Symbol.for('holdfast.test.none') in globalThis).toBe(false);
  const made = processWide('test.none', () => ({ found: true }));
  expect(processWide('test.none', nothing)).toBe(made);
});
