import { isRejection, rateLimit } from '@holdfast/core';
import { virtualClock } from '@holdfast/core/testing';
import { expect, test } from 'vitest';

test('a key that is over its limit is told when to come back', async () => {
  const clock = virtualClock();
  const answers: string[] = [];
  const search = (): Promise<string> => Promise.resolve('found');

  const perTenant = rateLimit({ name: 'search', rate: 10, burst: 2, clock });

  for (const tenant of ['acme', 'acme', 'acme', 'other']) {
    try {
      answers.push(await perTenant.execute(() => search(), { key: tenant }));
    } catch (error) {
      if (isRejection(error)) answers.push(error.message);
    }
  }

  expect(answers).toEqual([
    'found',
    'found',
    'rate limit "search" is used up; retry in 100 ms',
    'found',
  ]);
});

test('a quota in any window of a minute', () => {
  const clock = virtualClock();
  const codes = rateLimit({ name: 'codes by text', quota: 3, windowMs: 60_000, clock });

  const admitted = [1, 2, 3, 4].map(() => codes.take({ key: '+1 555 0100' }).admitted);

  expect(admitted).toEqual([true, true, true, false]);
});

test('an outbound client waits for its turn', async () => {
  const clock = virtualClock();
  const sent: number[] = [];

  const partner = rateLimit({ name: 'partner', rate: 100, burst: 1, maxWaitMs: 2_000, clock });

  const calls = [1, 2, 3].map(() => partner.execute(() => sent.push(clock.now())));
  await clock.advanceAsync(20);

  await Promise.all(calls);
  expect(sent).toEqual([0, 10, 20]);
});

test('some calls cost more, and the decision is a value', () => {
  const clock = virtualClock();
  const exports = rateLimit({ name: 'exports', rate: 1, burst: 10, clock });

  const taken = exports.take({ key: 'acme', cost: 8 });

  expect(taken).toEqual({ admitted: true, remaining: 2, moreMs: 1_000, resetMs: 8_000 });
  expect(exports.take({ key: 'acme', cost: 8 })).toMatchObject({
    admitted: false,
    remaining: 2,
    retryAfterMs: 6_000,
  });
});
