import { describe, expect, test } from 'vitest';
import { expectInvalid } from '../../core/test/support/invalid-option.ts';
import { fromIoredis, fromNodeRedis, redisStore } from '../src/index.ts';
import { FakeDriver } from './support/fake-driver.ts';
import { KEY_SECRET } from './support/stores.ts';

const OPTIONS = { driver: new FakeDriver(), keySecret: KEY_SECRET };

/** Wrong on purpose: no type stands against it in JavaScript. */
const making = (options: object) => () => redisStore({ ...OPTIONS, ...options });

describe('the options of a store', () => {
  test.each([
    [TypeError, 'keySecret', undefined],
    [TypeError, 'name', ''],
    [TypeError, 'name', null],
    [TypeError, 'prefix', 7],
    [TypeError, 'prefix', null],
    [RangeError, 'prefix', ''],
    [RangeError, 'prefix', 'a{b}'],
    [RangeError, 'prefix', 'x'.repeat(65)],
    [TypeError, 'driver', undefined],
    [TypeError, 'driver', {}],
    [TypeError, 'clock', 'now'],
  ])('throw a %o for %s: %j', (type, option, value) => {
    expectInvalid(making({ [option]: value }), { type, option, value });
  });

  test('never show a secret', () => {
    const wrong = making({ keySecret: 'too short' });
    expect(wrong).toThrow(RangeError);
    expect(wrong).toThrow('option "keySecret" is "9 bytes"');
  });

  test('are refused where nobody knows them, those of the guard as well', () => {
    expect(making({ timeoutMs: 5 })).toThrow('redisStore.timeoutMs');
    expect(making({ guard: { maxPending: 0 } })).toThrow('maxPending');
    expect(making({ guard: { nobody: 1 } })).toThrow('nobody');
  });

  test('give the store its name; what it promises stands there', () => {
    const store = redisStore({ ...OPTIONS, name: 'sessions' });
    expect(store).toMatchObject({
      name: 'sessions',
      kind: 'redis',
      scope: 'shared',
      guarantees: { survivesRestart: false, survivesFailover: 'best-effort', clock: 'server' },
    });
    expect(store.health()).toEqual({ state: 'up', pending: 0, warnings: [] });
  });

  test.each([undefined, null, 'redis://localhost', {}, { evalSha: () => undefined }])(
    'no driver is made of %j',
    (client) => {
      expect(() => fromNodeRedis(client as never)).toThrow('option "client"');
      expect(() => fromIoredis(client as never)).toThrow('option "client"');
    },
  );
});
