import { describe, expect, test } from 'vitest';
import { memoryStore } from '../../../src/stateless/index.ts';
import { storeContract } from '../../../src/stateless/testing/index.ts';

const CASES = storeContract();

describe('the store in memory', () => {
  test.each(CASES.map(({ title, run }) => [title, run] as const))('%s', async (_title, run) => {
    await expect(run(() => memoryStore())).resolves.toBeUndefined();
  });
});

describe('the contract of stores', () => {
  test('has no two cases of one title', () => {
    expect(new Set(CASES.map(({ title }) => title)).size).toBe(CASES.length);
    expect(CASES.length).toBeGreaterThanOrEqual(40);
  });
});
