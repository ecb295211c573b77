import { memoryStore, semaphore, sharedRateLimit } from '@holdfast/core/stateless';
import { expect, test } from 'vitest';

test('one store for all that processes share', async () => {
  const store = memoryStore(); // or redisStore(…), and all processes are one

  const searches = sharedRateLimit({ store, name: 'search', rate: 50, burst: 100 });
  const exports = semaphore({ store, name: 'exports', max: 3 });

  const search = async (tenant: string): Promise<string> => {
    const taken = await searches.take({ key: tenant });
    return taken.admitted ? 'found' : `again in ${taken.retryAfterMs} ms`;
  };
  const exported = exports.run(() => 'a large file', { key: 'acme', waitMs: 5_000 });

  expect(await search('acme')).toBe('found');
  expect(await exported).toBe('a large file');
});
