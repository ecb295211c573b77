import { describe, expect, test } from 'vitest';
import { key, memoryStore, type MemoryStoreOptions } from '../../../src/stateless/index.ts';
import { virtualClock } from '../../../src/testing/index.ts';
import { expectInvalid, type Complaint } from '../../support/invalid-option.ts';
import { RecordingClock } from '../../support/recording-clock.ts';
import { hearWarnings } from '../../support/warnings.ts';

const OPERATION = { deadlineMs: 50 };
const KEY = key('test', 'default', 'one');
const RATE = { unitsPerMs: 0.001, burst: 10, want: 1 };
const WRITE = { mode: 'force', data: Buffer.from('data'), ttlMs: 1_000, announce: true } as const;
const LEASE = { max: 1, leaseMs: 1_000, id: 'holder' };

const WRONG: readonly (Complaint & { readonly options: object })[] = [
  { options: { name: '' }, type: TypeError, option: 'name', value: '' },
  { options: { name: null }, type: TypeError, option: 'name', value: null },
  { options: { maxKeys: 0 }, type: RangeError, option: 'maxKeys', value: 0 },
  { options: { maxKeys: 1.5 }, type: RangeError, option: 'maxKeys', value: 1.5 },
  { options: { maxKeys: 2 ** 24 }, type: RangeError, option: 'maxKeys', value: 2 ** 24 },
  { options: { maxKeys: Infinity }, type: RangeError, option: 'maxKeys', value: Infinity },
  { options: { maxKeys: null }, type: TypeError, option: 'maxKeys', value: null },
  { options: { clock: {} }, type: TypeError, option: 'clock', value: {} },
  { options: { maxKey: 7 }, type: TypeError, option: 'memoryStore.maxKey', value: 7 },
];

describe('memoryStore', () => {
  test('says what it is', () => {
    const { name, kind, scope, guarantees } = memoryStore();
    expect({ name, kind, scope, guarantees }).toEqual({
      name: 'memory',
      kind: 'memory',
      scope: 'process',
      guarantees: { survivesRestart: false, survivesFailover: 'no', clock: 'local' },
    });
    expect(memoryStore({ name: 'sessions' }).name).toBe('sessions');
  });

  test.each(WRONG)('refuses the option $option: $value', ({ options, ...complaint }) => {
    expectInvalid(() => memoryStore(options), complaint);
  });

  test('refuses options that are none', () => {
    const complaint = { type: TypeError, option: 'memoryStore', value: null };
    expectInvalid(() => memoryStore(null as unknown as MemoryStoreOptions), complaint);
  });

  test('decides at once: the next operation need not wait for the one before', async () => {
    const store = memoryStore();
    const taken = Array.from({ length: 11 }, () => store.take(KEY, RATE, OPERATION));
    const units = (await Promise.all(taken)).map((metered) => metered.units);
    expect(units).toEqual([...Array<number>(10).fill(1), 0]);
  });

  test('sets no timer, however much stands in it', async () => {
    const clock = new RecordingClock();
    const store = memoryStore({ clock });
    for (let index = 0; index < 100; index++) {
      const each = key('test', 'default', `${index}`);
      await store.take(each, RATE, OPERATION);
      await store.count(each, { quota: 1, windowMs: 1_000, cost: 1 }, OPERATION);
      await store.lease(each, LEASE, OPERATION);
      await store.write(each, WRITE, OPERATION);
    }
    await store[Symbol.asyncDispose]();
    expect(clock.timersMade).toBe(0);
  });

  test('has its fences grow over a restart of the process', async () => {
    const before = memoryStore({ clock: virtualClock({ nowMs: 9e9, wallMs: 1_700_000_000_000 }) });
    const after = memoryStore({ clock: virtualClock({ nowMs: 0, wallMs: 1_700_000_000_001 }) });
    const first = await before.lease(KEY, LEASE, OPERATION);
    const second = await after.lease(KEY, LEASE, OPERATION);
    expect(first).toMatchObject({ held: true, fence: '1700000000000000' });
    expect(second).toMatchObject({ held: true, fence: '1700000000001000' });
  });

  test('has its fences grow where the clock stands still', async () => {
    const store = memoryStore({ clock: virtualClock() });
    const fences: bigint[] = [];
    for (let grant = 0; grant < 5; grant++) {
      const leased = await store.lease(KEY, LEASE, OPERATION);
      fences.push(BigInt(leased.held ? leased.fence : 0));
      await store.release(KEY, LEASE, OPERATION);
    }
    expect(fences).toEqual([0n, 1n, 2n, 3n, 4n].map((more) => 1_700_000_000_000_000n + more));
  });

  test('has nothing end or come back while its clock goes back', async () => {
    const clock = virtualClock({ nowMs: 1e6 });
    const store = memoryStore({ clock });
    await store.write(KEY, WRITE, OPERATION);
    await store.lease(KEY, LEASE, OPERATION);
    clock.jump(-500_000);
    expect(await store.read(KEY, OPERATION)).toMatchObject({ ttlMs: 1_000 });
    clock.advance(999);
    expect(await store.read(KEY, OPERATION)).toMatchObject({ ttlMs: 1 });
    clock.advance(1);
    expect(await store.read(KEY, OPERATION)).toBeUndefined();
    expect(await store.lease(KEY, { ...LEASE, id: 'other' }, OPERATION)).toMatchObject({
      held: true,
    });
  });

  test('makes what a listener throws a warning; the others are told and the operation holds', async () => {
    const warnings = hearWarnings();
    const store = memoryStore();
    let hints = 0;
    store.watch(KEY, () => {
      throw new Error('a bug in a listener');
    });
    store.watch(KEY, () => Promise.reject(new Error('a late bug')) as unknown as undefined);
    store.watch(KEY, () => void hints++);
    await expect(store.write(KEY, WRITE, OPERATION)).resolves.toEqual({ ok: true, version: 1 });
    await new Promise(setImmediate);
    expect(hints).toBe(1);
    expect(warnings.map(({ message }) => message)).toEqual([
      expect.stringContaining('a bug in a listener'),
      expect.stringContaining('a late bug'),
    ]);
    expect(warnings[0]).toMatchObject({ code: 'HF_LISTENER_ERROR' });
  });

  test('tells the same function as often as it watches, until each has stopped', async () => {
    const store = memoryStore();
    let hints = 0;
    const onHint = (): void => void hints++;
    const watches = [store.watch(KEY, onHint), store.watch(KEY, onHint)];
    for (const expected of [2, 3, 3]) {
      await store.write(KEY, WRITE, OPERATION);
      expect(hints).toBe(expected);
      watches.pop()?.[Symbol.dispose]();
    }
  });

  test('tells nobody who is stopped by another that is told first', async () => {
    const store = memoryStore();
    let hints = 0;
    store.watch(KEY, () => other[Symbol.dispose]());
    const other = store.watch(KEY, () => void hints++);
    await store.write(KEY, WRITE, OPERATION);
    await new Promise(setImmediate);
    expect(hints).toBe(0);
  });

  test('tells nobody who has stopped before it was told', async () => {
    const store = memoryStore();
    let hints = 0;
    const watch = store.watch(KEY, () => void hints++);
    const writing = store.write(KEY, WRITE, OPERATION);
    watch[Symbol.dispose]();
    await writing;
    expect(hints).toBe(0);
  });

  test('hints at no release of what nobody held', async () => {
    const store = memoryStore();
    let hints = 0;
    store.watch(KEY, () => void hints++);
    await store.release(KEY, LEASE, OPERATION);
    expect(hints).toBe(0);
  });

  test('watches no key and with no function that is none', () => {
    const store = memoryStore();
    const noKey = '' as typeof KEY;
    const none = undefined as unknown as () => void;
    expectInvalid(() => store.watch(noKey, () => undefined), {
      type: TypeError,
      option: 'key',
      value: '',
    });
    expectInvalid(() => store.watch(KEY, none), {
      type: TypeError,
      option: 'onHint',
      value: undefined,
    });
  });

  test('is lost after its end, and tells nobody any more', async () => {
    const store = memoryStore();
    let hints = 0;
    store.watch(KEY, () => void hints++);
    await store.write(KEY, { ...WRITE, announce: false }, OPERATION);
    expect(store.health()).toEqual({ state: 'up', pending: 0, warnings: [] });
    const removal = store.remove(KEY, { tombstoneMs: 0 }, OPERATION);
    await store[Symbol.asyncDispose]();
    await removal;
    expect(store.health()).toEqual({ state: 'lost', pending: 0, warnings: [] });
    expect(hints).toBe(0);
  });
});
