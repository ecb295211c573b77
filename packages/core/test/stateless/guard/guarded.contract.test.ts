import { describe, expect, test } from 'vitest';
import { guarded, memoryStore } from '../../../src/stateless/index.ts';
import { storeContract } from '../../../src/stateless/testing/index.ts';

const CASES = storeContract().map(({ title, run }) => [title, run] as const);

describe('a guarded store in memory', () => {
  test.each(CASES)('%s', async (_title, run) => {
    await expect(run(() => guarded(memoryStore()))).resolves.toBeUndefined();
  });
});
