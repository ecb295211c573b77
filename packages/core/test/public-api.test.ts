import { expect, it } from 'vitest';

it('the entry exports these names and no others', async () => {
  const entry = await import('../src/index.ts');
  expect(Object.keys(entry).toSorted()).toMatchInlineSnapshot(`
    [
      "CHANNELS",
      "HoldfastError",
      "breakerRegistry",
      "bulkhead",
      "circuitBreaker",
      "consecutive",
      "countWindow",
      "deadline",
      "fallback",
      "isRefusal",
      "isRejection",
      "parseHttpDate",
      "parseRetryAfter",
      "pipeline",
      "rateLimit",
      "retry",
      "retryBudget",
      "standardPipeline",
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
      "answers",
      "fails",
      "hangs",
      "recordTrace",
      "scripted",
      "seededRandom",
      "succeeds",
      "virtualClock",
    ]
  `);
});

it('the entry for the life of a process exports these names and no others', async () => {
  const entry = await import('../src/http/lifecycle/index.ts');
  expect(Object.keys(entry).toSorted()).toMatchInlineSnapshot(`
    [
      "FirstSignal",
      "clockOf",
      "drain",
      "drainTimesOf",
      "endsOnSignals",
      "health",
      "isDrainable",
      "nameOf",
      "openBeside",
      "outOfRange",
      "processWide",
      "report",
      "superviseExits",
      "wrongType",
    ]
  `);
});

it('the entry for adapters exports these names and no others', async () => {
  const entry = await import('../src/adapter/index.ts');
  expect(Object.keys(entry).toSorted()).toMatchInlineSnapshot(`
    [
      "BREAKER_OPTIONS",
      "Emitter",
      "MOST_KEYS",
      "RecentCache",
      "assertFunction",
      "assertOptions",
      "assertRecord",
      "backoffDelay",
      "backoffOf",
      "booleanOf",
      "bulkheadRegistry",
      "clockOf",
      "deadlinesOf",
      "given",
      "isBulkhead",
      "isCircuit",
      "keyedRegistry",
      "nameOf",
      "numberIn",
      "oneOf",
      "outOfRange",
      "processWide",
      "randomOf",
      "report",
      "secretOf",
      "sleep",
      "spareBreaker",
      "warnOnce",
      "wrongType",
    ]
  `);
});
