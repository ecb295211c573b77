import { expect, it } from 'vitest';

it('the entry exports these names and no others', async () => {
  const entry = await import('../src/index.ts');
  expect(Object.keys(entry).toSorted()).toMatchInlineSnapshot(`
    [
      "CHANNELS",
      "HoldfastError",
      "breakerRegistry",
      "circuitBreaker",
      "consecutive",
      "countWindow",
      "fallback",
      "isRefusal",
      "isRejection",
      "pipeline",
      "retry",
      "timeWindow",
      "timeout",
      "tripWhen",
    ]
  `);
});

it('the entry for tests exports these names and no others', async () => {
  const entry = await import('../src/testing/index.ts');
  expect(Object.keys(entry).toSorted()).toMatchInlineSnapshot(`
    [
      "VirtualClock",
      "seededRandom",
      "virtualClock",
    ]
  `);
});
