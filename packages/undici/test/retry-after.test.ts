import { expect, it } from 'vitest';
import { retryAfterMs } from '../src/retry-after.ts';

const SENT = 'Sun, 06 Nov 1994 08:49:37 GMT';

it.each([
  ['0', 0],
  ['120', 120_000],
  [' 2 ', 2_000],
  ['Sun, 06 Nov 1994 08:50:07 GMT', 30_000],
  ['Sun, 06 Nov 1994 08:00:00 GMT', 0],
  ['-1', undefined],
  ['1.5', undefined],
  ['soon', undefined],
  ['2030-01-01', undefined],
  ['', undefined],
])('reads %j as %s', (value, ms) => {
  expect(retryAfterMs({ 'retry-after': value, date: SENT })).toBe(ms);
});

it('takes the first of several fields and none for an absent one', () => {
  expect(retryAfterMs({ 'retry-after': ['1', '9'] })).toBe(1_000);
  expect(retryAfterMs({})).toBeUndefined();
});

it('makes nothing of a date when the response does not say when it was sent', () => {
  expect(retryAfterMs({ 'retry-after': SENT })).toBeUndefined();
});
