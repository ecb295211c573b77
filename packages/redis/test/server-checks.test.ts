import { describe, expect, test } from 'vitest';
import { findingsOf } from '../src/server-checks.ts';

const NOW = 1_700_000_000_000;
const AS_OF = { asked: NOW, answered: NOW + 20 };

const info = (fields: Readonly<Record<string, string | number>>): string => {
  const all = {
    redis_version: '7.0.15',
    server_time_usec: (NOW + 10) * 1_000,
    maxmemory_policy: 'noeviction',
    ...fields,
  };
  return `# Server\r\n${Object.entries(all)
    .map(([name, value]) => `${name}:${value}\r\n`)
    .join('')}`;
};

const codesOf = (text: string): readonly string[] =>
  findingsOf(text, AS_OF).map(({ code }) => code);

describe('a look at a server', () => {
  test('finds nothing wrong with Redis from 7.0 on, with Valkey, nor with a server that tells nothing', () => {
    for (const version of ['7.0.0', '7.4.2', '8.2.1', '10.0.0'])
      expect(codesOf(info({ redis_version: version }))).toEqual([]);
    expect(codesOf(info({ redis_version: '6.2.0', valkey_version: '8.1.0' }))).toEqual([]);
    expect(codesOf('')).toEqual([]);
  });

  test.each(['6.2.14', '5.0.0'])('finds that Redis %s is too old', (version) => {
    const [finding] = findingsOf(info({ redis_version: version }), AS_OF);
    expect(finding?.code).toBe('HF_REDIS_VERSION');
    expect(finding?.message).toContain(version);
  });

  test('finds a policy that evicts what has no end, and no other', () => {
    for (const policy of ['allkeys-lru', 'allkeys-lfu', 'allkeys-random', 'allkeys-lrm'])
      expect(codesOf(info({ maxmemory_policy: policy }))).toEqual(['HF_REDIS_EVICTION']);
    for (const policy of ['noeviction', 'volatile-ttl', 'volatile-lru'])
      expect(codesOf(info({ maxmemory_policy: policy }))).toEqual([]);
  });

  test('finds a clock that is more than half a second off, at the least, and says to which side', () => {
    const at = (ms: number) => info({ server_time_usec: (NOW + ms) * 1_000 });
    expect(codesOf(at(520))).toEqual([]);
    expect(codesOf(at(-500))).toEqual([]);
    expect(findingsOf(at(620), AS_OF)).toMatchObject([
      { code: 'HF_REDIS_CLOCK', message: expect.stringContaining('600 ms ahead of') },
    ]);
    expect(findingsOf(at(-30_000), AS_OF)).toMatchObject([
      { code: 'HF_REDIS_CLOCK', message: expect.stringContaining('30000 ms behind') },
    ]);
  });

  test('finds all that is wrong at once', () => {
    const wrong = { redis_version: '6.0.0', maxmemory_policy: 'allkeys-lru', server_time_usec: 0 };
    expect(codesOf(info(wrong))).toEqual([
      'HF_REDIS_VERSION',
      'HF_REDIS_EVICTION',
      'HF_REDIS_CLOCK',
    ]);
  });
});
