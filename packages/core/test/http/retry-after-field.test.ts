import { expect, it } from 'vitest';
import { retryAfterMs } from '../../src/http/index.ts';

const SENT = 'Sun, 06 Nov 1994 08:49:37 GMT';

it.each([
  ['0', 0],
  ['120', 120_000],
  [' 2 ', 2_000],
  ['Sun, 06 Nov 1994 08:50:07 GMT', 30_000],
  [' Sun, 06 Nov 1994 08:50:07 GMT ', 30_000],
  ['Sunday, 06-Nov-94 08:50:07 GMT', 30_000],
  ['Sun Nov  6 08:50:07 1994', 30_000],
  ['Sun, 06 Nov 1994 08:00:00 GMT', 0],
  ['-1', undefined],
  ['1.5', undefined],
  ['soon', undefined],
  ['2030-01-01', undefined],
  ['', undefined],
])('reads %j as %s', (value, ms) => {
  expect(retryAfterMs({ 'retry-after': value, date: SENT })).toBe(ms);
});

it.each(['Sunday, 06-Nov-94 08:49:37 GMT', 'Sun Nov  6 08:49:37 1994', ` ${SENT} `, [SENT, 'x']])(
  'measures a date against the one the response was sent at: %j',
  (date) => {
    const value = 'Sun, 06 Nov 1994 08:50:07 GMT';
    expect(retryAfterMs({ 'retry-after': value, date })).toBe(30_000);
  },
);

it('takes the first of several fields and none for an absent one', () => {
  expect(retryAfterMs({ 'retry-after': ['1', '9'] })).toBe(1_000);
  expect(retryAfterMs({ 'retry-after': [] })).toBeUndefined();
  expect(retryAfterMs({})).toBeUndefined();
});

it.each([undefined, '', 'yesterday', '1994-11-06'])(
  'makes nothing of a date when the response does not say when it was sent: %j',
  (date) => {
    expect(retryAfterMs({ 'retry-after': SENT, date })).toBeUndefined();
    expect(retryAfterMs({ 'retry-after': '120', date })).toBe(120_000);
  },
);
