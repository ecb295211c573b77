import { describe, expect, test } from 'vitest';
import { leader, lock, memoryStore, once, semaphore } from '../../../src/stateless/index.ts';
import { virtualClock } from '../../../src/testing/index.ts';
import { errorOf, expectInvalid } from '../../support/invalid-option.ts';

const store = memoryStore();
const base = { store, name: 'door' };

type Make = (options: Record<string, unknown>) => unknown;
const makers: Record<string, Make> = {
  lock: (options) => lock({ ...base, ...options }),
  semaphore: (options) => semaphore({ ...base, max: 2, ...options }),
  leader: (options) => leader({ ...base, lead: () => undefined, ...options }),
  once: (options) => once({ ...base, ...options }),
};

const TIMED = ['lock', 'semaphore', 'leader'];

describe.each(Object.keys(makers))('an option of %s', (kind) => {
  const make = makers[kind]!;

  test.each([
    ['name', ''],
    ['name', null],
    ['tenant', ''],
    ['tenant', null],
    ['store', null],
    ['store', {}],
    ['deadlineMs', '50'],
  ] as const)('%s that is %j is a TypeError', (option, value) => {
    expectInvalid(() => make({ [option]: value }), { type: TypeError, option, value });
  });

  test('that nobody knows is a TypeError', () => {
    const option = `${kind}.waitMs`;
    expectInvalid(() => make({ waitMs: 5 }), { type: TypeError, option, value: 5 });
  });

  test.each([0, -1, NaN, Infinity])('deadlineMs that is %d is a RangeError', (value) => {
    const option = 'deadlineMs';
    expectInvalid(() => make({ deadlineMs: value }), { type: RangeError, option, value });
  });
});

describe.each(TIMED)('an option of %s', (kind) => {
  const make = makers[kind]!;

  test.each([0, 9, 10.5, 86_400_001, NaN, Infinity])(
    'leaseMs that is %d is a RangeError',
    (value) => {
      expectInvalid(() => make({ leaseMs: value }), { type: RangeError, option: 'leaseMs', value });
    },
  );

  test('deadlineMs that is more than a third of leaseMs is a RangeError', () => {
    const wrong = { leaseMs: 300, deadlineMs: 101 };
    expectInvalid(() => make(wrong), { type: RangeError, option: 'deadlineMs', value: 101 });
    expect(errorOf(() => make(wrong)).message).toContain('up to 100');
  });

  test('clock that is none is a TypeError', () => {
    expectInvalid(() => make({ clock: {} }), { type: TypeError, option: 'clock', value: {} });
  });

  test('random that is no function is a TypeError', () => {
    expectInvalid(() => make({ random: 1 }), { type: TypeError, option: 'random', value: 1 });
  });
});

test.each([0, 1.5, -1, NaN])('maxWaiting that is %d is a RangeError', (value) => {
  expectInvalid(() => lock({ ...base, maxWaiting: value }), {
    type: RangeError,
    option: 'maxWaiting',
    value,
  });
});

test.each([0, 1.5, NaN, 1e9 + 1])('max of a semaphore that is %d is a RangeError', (value) => {
  expectInvalid(() => semaphore({ ...base, max: value }), {
    type: RangeError,
    option: 'max',
    value,
  });
});

test('max of a lock, maxWaiting of a leader and a lead that is no function are TypeErrors', () => {
  const max = { ...base, max: 1 };
  expectInvalid(() => lock(max), { type: TypeError, option: 'lock.max', value: 1 });
  const waiting = { ...base, lead: () => undefined, maxWaiting: 1 };
  const option = 'leader.maxWaiting';
  expectInvalid(() => leader(waiting), { type: TypeError, option, value: 1 });
  const lead = null as unknown as () => void;
  expectInvalid(() => leader({ ...base, lead }), { type: TypeError, option: 'lead', value: null });
});

test.each([0, -1, NaN, Infinity])('keepMs of once that is %d is a RangeError', (value) => {
  expectInvalid(() => once({ ...base, keepMs: value }), {
    type: RangeError,
    option: 'keepMs',
    value,
  });
});

test('a short lease has a deadline of a third of it by default', async () => {
  const asked: unknown[] = [];
  const spied = memoryStore();
  const { lease } = spied;
  spied.lease = (...all) => {
    asked.push(all[2]);
    return lease.apply(spied, all);
  };
  await lock({ store: spied, name: 'short', leaseMs: 30 }).run(() => 1);
  await lock({ store: spied, name: 'long' }).run(() => 1);
  expect(asked).toEqual([{ deadlineMs: 10 }, { deadlineMs: 50 }]);
});

describe('what a caller gives', () => {
  const policy = lock(base);
  const work = (): number => 1;

  test.each([
    ['key', '', TypeError],
    ['key', 5, TypeError],
    ['key', null, TypeError],
    ['waitMs', '5', TypeError],
    ['waitMs', -1, RangeError],
    ['waitMs', NaN, RangeError],
    ['waitMs', Infinity, RangeError],
    ['waitMs', null, TypeError],
    ['signal', {}, TypeError],
  ] as const)('as %s, %j, is rejected', async (option, value, type) => {
    for (const act of [
      () => policy.run(work, { [option]: value }),
      () => policy.acquire({ [option]: value }),
    ]) {
      const error: unknown = await act().catch((caught: unknown) => caught);
      expect(error).toBeInstanceOf(type);
      expect(error).toMatchObject({ code: 'HF_INVALID_OPTION', option });
    }
    expect(policy.snapshot()).toMatchObject({ held: 0, waiting: 0 });
  });

  test('as work that is no function, as an option nobody knows or a slot that is no text, is rejected', async () => {
    await expect(policy.run(5 as unknown as () => void)).rejects.toMatchObject({ option: 'call' });
    const unknown = { max: 1 } as object;
    await expect(policy.run(work, unknown)).rejects.toMatchObject({ option: 'options.max' });
    const report = once(base);
    await expect(report.run('', work)).rejects.toMatchObject({ option: 'slot' });
    await expect(report.run('x', 5 as unknown as () => void)).rejects.toBeInstanceOf(TypeError);
    expect(await report.run('x', work)).toMatchObject({ ran: true });
  });
});

test('tenants, names, keys and kinds keep apart', async () => {
  const clock = virtualClock();
  const shared = { store: memoryStore({ clock }), clock };
  const all = [
    lock({ ...shared, name: 'a' }),
    lock({ ...shared, name: 'b' }),
    lock({ ...shared, name: 'a', tenant: 'other' }),
    semaphore({ ...shared, name: 'a', max: 1 }),
  ];
  for (const policy of all) {
    expect(await policy.acquire()).toBeDefined();
    expect(await policy.acquire({ key: 'b' })).toBeDefined();
    expect(await policy.acquire()).toBeUndefined();
  }
  expect(all.map(({ name }) => name)).toEqual(['a', 'b', 'a', 'a']);
});
