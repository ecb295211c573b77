import { expect, it } from 'vitest';

it('the entry for adapters of servers exports these names and no others', async () => {
  const entry = await import('../../../src/http/inbound/index.ts');
  expect(Object.keys(entry).toSorted()).toMatchInlineSnapshot(`
    [
      "Answerer",
      "SessionRecords",
      "entomb",
      "exchangeOf",
      "guardsOf",
      "rejectionIn",
      "sessionOf",
    ]
  `);
});
