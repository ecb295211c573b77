import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { key } from '../../src/stateless/index.ts';
import { expectInvalid } from '../support/invalid-option.ts';

const plain = fc.stringMatching(/^[\w.@~=+-]{1,64}$/);
const text = fc.string({ unit: 'binary', minLength: 1, maxLength: 80 });
const part = fc.oneof(plain, text, fc.constantFrom(':', '#', 'a:b', '{', '}', '__proto__', ' '));
const parts = fc.array(part, { maxLength: 4 });

describe('a key', () => {
  test('tells its parts where they are plain', () => {
    expect(key('limit', 'default', 'api', 'user-7@example.org')).toBe(
      'limit:default:api:user-7@example.org',
    );
    expect(key('limit', '__proto__')).toBe('limit:__proto__');
  });

  test('has 128 bits of a hash in place of a part that is long or not plain', () => {
    for (const odd of ['x'.repeat(65), 'x'.repeat(8_192), 'a b', '{slot}', 'a:b', '#', '\0', 'ä'])
      expect(key('limit', 'default', odd)).toMatch(/^limit:default:#[\w-]{22}$/);
  });

  test('is no longer and of no other letters than can be stored, whatever its parts', () => {
    fc.assert(
      fc.property(part, part, parts, (namespace, tenant, rest) => {
        const made = key(namespace, tenant, ...rest);
        expect(made).toMatch(/^[\w.@~=+:#-]+$/);
        expect(made.length).toBeLessThanOrEqual(65 * (2 + rest.length));
        expect(key(namespace, tenant, ...rest)).toBe(made);
      }),
    );
  });

  test('is that of no other parts', () => {
    const several = fc.array(part, { minLength: 2, maxLength: 4 });
    fc.assert(
      fc.property(several, several, (some, others) => {
        const made = key(some[0]!, some[1]!, ...some.slice(2));
        const other = key(others[0]!, others[1]!, ...others.slice(2));
        expect(made === other).toBe(JSON.stringify(some) === JSON.stringify(others));
      }),
      { numRuns: 2_000 },
    );
  });

  test('tells broken letters apart, which are one and the same in UTF-8', () => {
    expect(key('limit', 'default', '\uD800')).not.toBe(key('limit', 'default', '\uD801'));
  });

  test('cannot be made to look like a hashed one', () => {
    const hashed = key('limit', 'default', 'a b').split(':')[2]!;
    expect(key('limit', 'default', hashed)).not.toBe(key('limit', 'default', 'a b'));
  });

  test.each([undefined, null, '', 7, {}])('has no part that is %o', (value) => {
    const wrong = value as string;
    const complaint = { type: TypeError, value } as const;
    expectInvalid(() => key(wrong, 'default'), { ...complaint, option: 'namespace' });
    expectInvalid(() => key('limit', wrong), { ...complaint, option: 'tenant' });
    expectInvalid(() => key('limit', 'default', 'x', wrong), { ...complaint, option: 'key' });
  });
});
