import { describe, expect, test } from 'vitest';
import { memoryStore, sessions, type SessionCookieOptions } from '../../../src/stateless/index.ts';
import { errorOf, expectInvalid, type Complaint } from '../../support/invalid-option.ts';
import { houseOf, KEYS } from './support/house.ts';

const store = memoryStore();
const made = sessions as (options: unknown) => unknown;

describe('options of sessions', () => {
  test.each<[object, string, Complaint['type'], unknown]>([
    [{ store: undefined }, 'store', TypeError, undefined],
    [{ store: {} }, 'store', TypeError, {}],
    [{ keys: undefined }, 'keys', TypeError, undefined],
    [{ keys: [] }, 'keys', RangeError, 'empty'],
    [{ keys: ['secret'] }, 'keys[0]', TypeError, 'secret'],
    [{ keys: [{ id: 'a.b', secret: 's' }] }, 'keys[0].id', TypeError, 'a.b'],
    [{ keys: [{ id: 'k12345678', secret: 's' }] }, 'keys[0].id', TypeError, 'k12345678'],
    [{ keys: [...KEYS, { id: 'k2', secret: 'short' }] }, 'keys[1].secret', RangeError, '5 bytes'],
    [{ keys: [{ id: 'k2', secret: 5 }] }, 'keys[0].secret', TypeError, 'a number'],
    [{ keys: [{ id: 'k2', secret: null }] }, 'keys[0].secret', TypeError, null],
    [{ keys: [...KEYS, ...KEYS] }, 'keys', RangeError, 'k1'],
    [{ keys: [{ ...KEYS[0], key: 1 }] }, 'keys[0].key', TypeError, 1],
    [{ name: '' }, 'name', TypeError, ''],
    [{ tenant: 5 }, 'tenant', TypeError, 5],
    [{ idleMs: 0 }, 'idleMs', RangeError, 0],
    [{ idleMs: null }, 'idleMs', TypeError, null],
    [{ idleMs: 2_000, absoluteMs: 1_000 }, 'idleMs', RangeError, 2_000],
    [{ absoluteMs: Infinity }, 'absoluteMs', RangeError, Infinity],
    [{ rotationGraceMs: -1 }, 'rotationGraceMs', RangeError, -1],
    [{ rotationGraceMs: 60_001 }, 'rotationGraceMs', RangeError, 60_001],
    [{ tombstoneMs: 0 }, 'tombstoneMs', RangeError, 0],
    [{ maxBytes: 1 }, 'maxBytes', RangeError, 1],
    [{ maxDepth: 0.5 }, 'maxDepth', RangeError, 0.5],
    [{ strict: 1 }, 'strict', TypeError, 1],
    [{ encrypt: 'yes' }, 'encrypt', TypeError, 'yes'],
    [{ onStoreLoss: 'ignore' }, 'onStoreLoss', TypeError, 'ignore'],
    [{ deadlineMs: 0 }, 'deadlineMs', RangeError, 0],
    [{ clock: Date }, 'clock', TypeError, Date],
    [{ random: 1 }, 'random', TypeError, 1],
    [{ secret: 'x' }, 'sessions.secret', TypeError, 'x'],
    [{ cookie: { name: 'a b' } }, 'cookie.name', TypeError, 'a b'],
    [{ cookie: { name: '__Host-x', path: '/shop' } }, 'cookie.name', RangeError, '__Host-x'],
    [{ cookie: { name: '__host-x', domain: 'a.test' } }, 'cookie.name', RangeError, '__host-x'],
    [{ cookie: { name: '__Host-x', secure: false } }, 'cookie.name', RangeError, '__Host-x'],
    [{ cookie: { name: '__Secure-x', secure: false } }, 'cookie.name', RangeError, '__Secure-x'],
    [{ cookie: { path: 'shop' } }, 'cookie.path', TypeError, 'shop'],
    [{ cookie: { path: '/a;b' } }, 'cookie.path', TypeError, '/a;b'],
    [{ cookie: { domain: 'a..test' } }, 'cookie.domain', TypeError, 'a..test'],
    [{ cookie: { domain: 'a.test; Secure' } }, 'cookie.domain', TypeError, 'a.test; Secure'],
    [{ cookie: { secure: 'auto' } }, 'cookie.secure', TypeError, 'auto'],
    [{ cookie: { sameSite: true } }, 'cookie.sameSite', TypeError, true],
    [{ cookie: { sameSite: 'none', secure: false } }, 'cookie.sameSite', RangeError, 'none'],
    [{ cookie: { partitioned: true, secure: false } }, 'cookie.partitioned', RangeError, true],
    [{ cookie: { persistent: 0 } }, 'cookie.persistent', TypeError, 0],
    [{ cookie: { httpOnly: false } }, 'cookie.httpOnly', TypeError, false],
    [{ cookie: null }, 'cookie', TypeError, null],
  ])('%j is a mistake in %s', (options, option, type, value) => {
    expectInvalid(() => made({ store, keys: KEYS, ...options }), { type, option, value });
  });

  test('shows no secret in a message', () => {
    const secret = 'short and secret';
    const error = errorOf(() => made({ store, keys: [{ id: 'k1', secret }] }));
    expect(error.message).not.toContain(secret);
  });

  test('live by the lesser of both where only the absolute end is given', async () => {
    const { clock, open, started } = houseOf({ absoluteMs: 60_000 });
    const { cookie } = await started({ n: 1 });
    await clock.advanceAsync(59_999);
    expect((await open(cookie)).state).toBe('loaded');
    await clock.advanceAsync(1);
    expect((await open(cookie)).state).toBe('new');
  });

  test('count the bytes of a secret that is a text, not its letters', () => {
    expect(made({ store, keys: [{ id: 'k1', secret: 'ä'.repeat(16) }] })).toBeDefined();
  });
});

describe('the attributes of the cookie', () => {
  const attributesOf = async (cookie: SessionCookieOptions) => {
    const { house } = houseOf({ cookie });
    const session = await house.open(undefined);
    session.data['n'] = 1;
    const [pair = '', ...attributes] = session.cookie()?.split('; ') ?? [];
    return [pair.slice(0, pair.indexOf('=')), ...attributes];
  };

  test.each<[SessionCookieOptions, string[]]>([
    [{}, ['__Host-session', 'Path=/', 'HttpOnly', 'Secure', 'SameSite=Lax']],
    [{ secure: false }, ['session', 'Path=/', 'HttpOnly', 'SameSite=Lax']],
    [
      { domain: 'shop.test' },
      ['session', 'Domain=shop.test', 'Path=/', 'HttpOnly', 'Secure', 'SameSite=Lax'],
    ],
    [{ path: '/shop' }, ['session', 'Path=/shop', 'HttpOnly', 'Secure', 'SameSite=Lax']],
    [{ name: 'sid' }, ['sid', 'Path=/', 'HttpOnly', 'Secure', 'SameSite=Lax']],
    [
      { sameSite: 'strict', persistent: true },
      ['__Host-session', 'Max-Age=86400', 'Path=/', 'HttpOnly', 'Secure', 'SameSite=Strict'],
    ],
    [
      { sameSite: 'none', partitioned: true },
      ['__Host-session', 'Path=/', 'HttpOnly', 'Secure', 'Partitioned', 'SameSite=None'],
    ],
  ])('with %j are %j', async (options, attributes) => {
    expect(await attributesOf(options)).toEqual(attributes);
  });

  test('that is persistent lasts until the absolute end, also after a rotation', async () => {
    const { clock, open, run, started } = houseOf({
      absoluteMs: 100_000,
      cookie: { persistent: true },
    });
    const { cookie } = await started({ n: 1 });
    await clock.advanceAsync(40_500);
    const session = await open(cookie);
    await run(session.rotate());
    expect(session.cookie()).toContain('Max-Age=60;');
  });
});
