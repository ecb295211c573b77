import { isRejection } from '@holdfast/core';
import {
  key,
  lock,
  sharedRateLimit,
  type Session,
  type Sessions,
  type Store,
} from '@holdfast/core/stateless';
import type { Fault } from '../fault.ts';
import { always, atMost, never, type Finding } from '../finding.ts';
import { withRedis } from '../processes/redis.ts';
import { withStore } from '../processes/stores.ts';
import { cookieOf, loggedIn, ownSessions } from '../sessions/own.ts';

const LONG = 8_192;
const TOO_LARGE = 20_000;
const TOO_DEEP = 40;

const nested = (depth: number): unknown => {
  let value: unknown = 'bottom';
  for (let i = 0; i < depth; i++) value = [value];
  return value;
};

const cyclic = (): unknown => {
  const value: { self?: unknown } = {};
  value.self = value;
  return value;
};

/** What a session cannot hold. */
const UNFIT: readonly (() => unknown)[] = [
  () => 'x'.repeat(TOO_LARGE),
  () => nested(TOO_DEEP),
  () => cyclic(),
  () => 1n,
  () => () => 'a function',
  () => JSON.parse('{"__proto__":{"admin":true}}'),
];

/** Who sends these to be a key of a limit or a lock. */
const KEYS: readonly string[] = [
  'x'.repeat(LONG),
  '__proto__',
  'constructor',
  '{hash}tag',
  'a:b:c',
  '\u0000\r\n*1\r\n$8\r\nFLUSHALL\r\n',
  '💥'.repeat(1_000),
  ' ',
];

const isClear = (error: unknown): boolean =>
  (isRejection(error) && error.code === 'HF_SESSION_TOO_LARGE') || error instanceof TypeError;

const refuses = async (session: Session, value: unknown): Promise<boolean> => {
  session.data['unfit'] = value;
  try {
    await session.save();
    return false;
  } catch (error) {
    return isClear(error);
  }
};

const unfitSessions = async (own: Sessions): Promise<readonly Finding[]> => {
  const cookie = await loggedIn(own, 'bob');
  let clear = 0;
  let harmed = 0;
  for (const unfit of UNFIT) {
    if (await refuses(await own.open(cookie), unfit())) clear++;
    const { user, data } = await own.open(cookie);
    if (user !== 'bob' || 'unfit' in data) harmed++;
  }
  return [
    always('sessions refused: too large, too deep, no JSON', clear, UNFIT.length),
    never('sessions harmed by it', harmed, UNFIT.length),
  ];
};

/** What a store may hold that others wrote: JSON that would reach a prototype, had it been read as it is. */
const HARMLESS = '{"__pr0to__":{"admin":true},"c0nstructor":{"pr0totype":{"admin":true}},"kept":1}';
const DIGIT = /(?<=[_opc])0/g;

/** The same store, except that what is read has harmful names in it. */
const polluted = (store: Store): Store =>
  new Proxy(store, {
    get: (target, name): unknown => {
      if (name === 'read')
        return async (...read: Parameters<Store['read']>) => {
          const record = await target.read(...read);
          const text = record && Buffer.from(record.data).toString().replaceAll(DIGIT, 'o');
          return record && { ...record, data: Buffer.from(text ?? '') };
        };
      const value: unknown = Reflect.get(target, name);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });

const reaches = (value: object): boolean =>
  Reflect.get({}, 'admin') !== undefined ||
  Reflect.get(value, 'admin') !== undefined ||
  ['__proto__', 'constructor', 'prototype'].some((name) => Object.hasOwn(value, name));

const pollution = async (store: Store): Promise<readonly Finding[]> => {
  const first = await ownSessions(store).open(undefined);
  first.data['body'] = JSON.parse(HARMLESS);
  await first.save();
  const { data } = await ownSessions(polluted(store)).open(cookieOf(first));
  const body = Object(data['body']);
  return [
    never('prototypes reached by what the store held', reaches(body) ? 1 : 0, 1),
    always('what else it held is read', Reflect.get(body, 'kept') === 1 ? 1 : 0, 1),
  ];
};

const hostileKeys = async (store: Store): Promise<readonly Finding[]> => {
  const limit = sharedRateLimit({ store, name: 'hostile', rate: 1, burst: 2, deadlineMs: 2_000 });
  const locked = lock({ store, name: 'hostile', deadlineMs: 2_000 });
  let own = 0;
  for (const user of KEYS) {
    const { remaining, source } = await limit.take({ key: user });
    const held = await locked.acquire({ key: user });
    // Each has a whole burst to itself, and a lock that nobody else holds.
    if (remaining === 1 && source === 'shared' && held !== undefined) own++;
    await held?.release();
  }
  return [
    always('hostile keys that are keys like any other', own, KEYS.length),
    atMost(
      'letters of the longest key in the store',
      key('limit', 'a', 'x'.repeat(LONG)).length,
      64,
    ),
  ];
};

/** What people send who mean no good. */
export const hostileInputs: Fault = {
  id: 'inputs',
  title: 'Hostile keys and sessions',
  run: ({ keeping }) =>
    withRedis(keeping, ({ port }) =>
      withStore(port, async (store) => {
        const own = ownSessions(store);
        return [
          ...(await hostileKeys(store)),
          ...(await unfitSessions(own)),
          ...(await pollution(store)),
        ];
      }),
    ),
};
