import { describe, expect, it } from 'vitest';
import { isThenable, unheard } from '../../src/options/thenable.ts';

// oxlint-disable unicorn/no-thenable -- that is what this is about
const hostile = Object.defineProperty({}, 'then', {
  get: () => {
    throw new Error('hostile');
  },
});

describe('a thenable', () => {
  it.each([
    ['a promise', Promise.resolve(1), true],
    ['what has a then', { then: () => undefined }, true],
    ['a then that is no function', { then: 1 }, false],
    ['an object that throws when it is asked', hostile, false],
    ['nothing', null, false],
    ['a number', 1, false],
  ])('is %s', (_, value, is) => {
    expect(isThenable(value)).toBe(is);
  });

  it('that nobody hears of ends nothing, and is what it was', async () => {
    const rejected = Promise.reject(new Error('unheard'));
    expect(unheard(rejected)).toBe(rejected);
    await new Promise((resolve) => setImmediate(resolve)); // an unhandled rejection would fail the run
    expect(unheard(5)).toBe(5);
  });
});
