import { expect, it } from 'vitest';

it('the entry for stateless services exports these names and no others', async () => {
  const entry = await import('../../src/stateless/index.ts');
  expect(Object.keys(entry).toSorted()).toMatchInlineSnapshot(`
    [
      "MemoryEngine",
      "StoreError",
      "Watchers",
      "guarded",
      "isStoreError",
      "key",
      "leader",
      "lock",
      "memoryStore",
      "once",
      "semaphore",
      "sessions",
      "sharedRateLimit",
      "storeArguments",
    ]
  `);
});

it('the entry for tests of stores exports these names and no others', async () => {
  const entry = await import('../../src/stateless/testing/index.ts');
  expect(Object.keys(entry).toSorted()).toMatchInlineSnapshot(`
    [
      "storeContract",
    ]
  `);
});
