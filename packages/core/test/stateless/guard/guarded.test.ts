import { describe, expect, test } from 'vitest';
import { CHANNELS } from '../../../src/index.ts';
import { guarded, isStoreError, memoryStore } from '../../../src/stateless/index.ts';
import { listenersOn } from '../../support/calls.ts';
import { messagesOn } from '../../support/channel-messages.ts';
import { expectInvalid } from '../../support/invalid-option.ts';
import { hearWarnings } from '../../support/warnings.ts';
import { begin, IN_50_MS, KEY, load, lose, rigOf, TAKE, take, takeIn } from './rig.ts';
import { failure } from './scripted-store.ts';

const LEASE = { max: 1, leaseMs: 3_000, id: 'ada' };
const DATA = new Uint8Array([1]);

describe('an operation behind the guard', () => {
  test('goes to the store as it is, and gives what the store gives', async () => {
    const { guard, store } = rigOf();
    const write = { mode: 'create', data: DATA, ttlMs: 1_000 } as const;
    const count = { quota: 3, windowMs: 1_000, cost: 1 };
    const answers = await Promise.all([
      guard.take(KEY, TAKE, IN_50_MS),
      guard.count(KEY, count, IN_50_MS),
      guard.lease(KEY, LEASE, IN_50_MS),
      guard.read(KEY, IN_50_MS),
      guard.write(KEY, write, IN_50_MS),
      guard.touch(KEY, 1_000, IN_50_MS),
    ]);
    await guard.release(KEY, LEASE, IN_50_MS);
    await guard.remove(KEY, { tombstoneMs: 5 }, IN_50_MS);
    expect(answers.every((answer) => 'answered' in Object(answer))).toBe(true);
    expect(store.arrivals.map(({ method, rest }) => [method, ...rest])).toEqual([
      ['take', TAKE],
      ['count', count],
      ['lease', LEASE],
      ['read'],
      ['write', write],
      ['touch', 1_000],
      ['release', LEASE],
      ['remove', { tombstoneMs: 5 }],
    ]);
    expect(
      store.arrivals.every(({ key, operation }) => key === KEY && operation === IN_50_MS),
    ).toBe(true);
    guard.watch(KEY, () => undefined)[Symbol.dispose]();
    expect(store.watched).toEqual([]);
    expect(guard).toMatchObject({ name: 'shelf', kind: 'scripted', scope: 'shared' });
    expect(guard.guarantees).toBe(store.guarantees);
  });

  test('that hangs ends as unknown on the millisecond, and what comes later is dropped', async () => {
    const rig = rigOf();
    rig.store.frozen = true;
    const ends = [begin(rig), begin(rig)];
    await rig.clock.advanceAsync(49);
    expect(ends[0]?.how).toBe('pending');
    await rig.clock.advanceAsync(1);
    expect(ends).toEqual([
      { how: 'unknown', afterMs: 50 },
      { how: 'unknown', afterMs: 50 },
    ]);
    const [first, second] = rig.store.arrivals;
    if (first === undefined || second === undefined) throw new Error('nothing arrived');
    rig.store.end(first);
    rig.store.end(second, new Error('reset'));
    await rig.clock.advanceAsync(1);
    expect(ends.map(({ how }) => how)).toEqual(['unknown', 'unknown']);
    expect(rig.guard.health()).toEqual({ state: 'up', pending: 0, warnings: [] });
  });

  test('fails as the store fails; what is no StoreError becomes one with it as its cause', async () => {
    const { guard, store } = rigOf();
    const refused = failure('refused');
    store.error = refused;
    await expect(take(guard)).rejects.toBe(refused);
    store.error = new Error('socket');
    const error: unknown = await take(guard).catch((thrown: unknown) => thrown);
    expect(isStoreError(error) && error.failure).toBe('unknown');
    expect(isStoreError(error) && error.cause).toBe(store.error);
  });

  test('that the store throws at fails like any other', async () => {
    const { guard, store } = rigOf();
    store.take = () => {
      throw new Error('bug');
    };
    await expect(take(guard)).rejects.toMatchObject({ failure: 'unknown' });
    expect(guard.health().pending).toBe(0);
  });

  test('rejects with the reason of its signal, and leaves no listener', async () => {
    const rig = rigOf();
    const { guard, store, clock } = rig;
    store.frozen = true;
    const controller = new AbortController();
    const operation = { deadlineMs: 50, signal: controller.signal };
    const end = begin(rig, () => guard.take(KEY, TAKE, operation));
    await clock.advanceAsync(10);
    controller.abort(new Error('gone'));
    await clock.advanceAsync(0);
    expect(end).toEqual({ how: controller.signal.reason, afterMs: 10 });
    expect(guard.health().pending).toBe(1);
    await expect(guard.take(KEY, TAKE, operation)).rejects.toBe(controller.signal.reason);
    expect(store.arrivals).toHaveLength(1);
    await clock.advanceAsync(100);
    expect(listenersOn(controller.signal)).toBe(0);
  });

  test('leaves no listener on its signal however it ends', async () => {
    const { guard, store, clock } = rigOf();
    const { signal } = new AbortController();
    const operation = { deadlineMs: 50, signal };
    await guard.take(KEY, TAKE, operation);
    store.error = failure('refused');
    await expect(guard.take(KEY, TAKE, operation)).rejects.toThrow('refused');
    store.frozen = true;
    const hung = guard.take(KEY, TAKE, operation).catch(() => undefined);
    await clock.advanceAsync(50);
    await hung;
    expect(listenersOn(signal)).toBe(0);
  });

  test('with a wrong argument is refused by name and says nothing about the store', async () => {
    const { guard, clock } = rigOf();
    const bad = { deadlineMs: NaN };
    await expect(guard.take(KEY, TAKE, bad)).rejects.toMatchObject({ option: 'deadlineMs' });
    await expect(guard.remove(KEY, { tombstoneMs: 0 }, undefined as never)).rejects.toMatchObject({
      option: 'operation',
    });
    const memory = guarded(memoryStore({ clock }), { clock });
    for (let i = 0; i < 50; i++) {
      const taken = memory.take(KEY, { ...TAKE, burst: 0 }, IN_50_MS);
      await expect(taken).rejects.toMatchObject({ option: 'burst' });
      await clock.advanceAsync(10);
    }
    expect(memory.health().state).toBe('up');
    await memory[Symbol.asyncDispose]();
  });

  test.each(['lease', 'release', 'remove'] as const)(
    'without what %s is given rejects, and does not throw, also while releases wait to be done again',
    async (method) => {
      const { guard, store } = rigOf();
      store.error = failure('refused');
      await guard.release(KEY, LEASE, IN_50_MS);
      const code = 'HF_INVALID_OPTION';
      const nothing = undefined as never;
      await expect(guard[method](KEY, nothing, IN_50_MS)).rejects.toMatchObject({ code });
      await expect(guard[method](nothing, nothing, IN_50_MS)).rejects.toMatchObject({ code });
      expect(store.arrivals).toHaveLength(1);
    },
  );

  test('keeps the process alive while its caller waits, and no longer', async () => {
    const rig = rigOf();
    rig.store.frozen = true;
    begin(rig);
    begin(rig, takeIn(20));
    expect(rig.clock.holdsProcess).toBe(true);
    await rig.clock.advanceAsync(50);
    expect(rig.clock.holdsProcess).toBe(false);
    // The store has not been given its time by this one, and nobody waits for that.
    begin(rig, takeIn(20));
    await rig.clock.advanceAsync(20);
    expect(rig.clock.pendingTimers).toBe(1);
    expect(rig.clock.holdsProcess).toBe(false);
  });

  test('has one timer for any number', async () => {
    const rig = rigOf();
    rig.store.delayMs = 5;
    await load(rig, 1, 20);
    // The store's own answers are timers, too: one each.
    expect(rig.clock.timersMade - rig.store.arrivals.length).toBe(1);
  });
});

describe('a stall of this process', () => {
  test('makes nothing late or slow whose answer lies in the socket', async () => {
    const rig = rigOf();
    for (let stall = 0; stall < 20; stall++) {
      rig.store.delayMs = 40;
      const ends = Array.from({ length: 20 }, () => begin(rig));
      rig.clock.stall(500);
      // The timers are late; then the sockets are read, where the answers have been for long.
      await rig.clock.advanceAsync(0);
      expect(ends.every(({ how }) => how === 'answered')).toBe(true);
    }
    expect(rig.heard).toEqual([]);
  });

  test('still ends what has no answer', async () => {
    const rig = rigOf();
    rig.store.frozen = true;
    const end = begin(rig);
    rig.clock.stall(500);
    await rig.clock.advanceAsync(1);
    await rig.clock.advanceAsync(1);
    expect(end.how).toBe('unknown');
  });
});

describe('the end of a guard', () => {
  test('waits for who waits, turns away who comes, ends the store once, and leaves no timer', async () => {
    const rig = rigOf({ maxPending: 1 });
    const { guard, store, clock } = rig;
    store.frozen = true;
    const ends = [begin(rig), begin(rig)];
    const ended = guard[Symbol.asyncDispose]();
    expect(guard[Symbol.asyncDispose]()).toBe(ended);
    const late = [
      begin(rig),
      begin(rig, () => guard.release(KEY, LEASE, IN_50_MS)),
      begin(rig, () => guard.remove(KEY, { tombstoneMs: 0 }, IN_50_MS)),
    ];
    await clock.advanceAsync(0);
    expect(late.map(({ how }) => how)).toEqual(['not-sent', 'not-sent', 'not-sent']);
    expect(ends[1]).toEqual({ how: 'not-sent', afterMs: 0 });
    expect(store.disposals).toBe(0);
    await clock.advanceAsync(50);
    await ended;
    expect(ends[0]).toEqual({ how: 'unknown', afterMs: 50 });
    expect(store.disposals).toBe(1);
    expect(clock.pendingTimers).toBe(0);
    store.thaw();
    await clock.advanceAsync(0);
    expect(guard.health()).toEqual({ state: 'lost', pending: 0, warnings: [] });
  });

  test('takes away the timers of operations that were answered', async () => {
    const { guard, clock } = rigOf();
    await take(guard);
    expect(clock.pendingTimers).toBe(1);
    await guard[Symbol.asyncDispose]();
    expect(clock.pendingTimers).toBe(0);
  });

  test('leaves no timer in an outage either, and warns of what it cannot do any more', async () => {
    const warnings = hearWarnings();
    const rig = rigOf();
    await lose(rig);
    await rig.guard.release(KEY, LEASE, IN_50_MS);
    await rig.guard[Symbol.asyncDispose]();
    expect(warnings).toMatchObject([{ code: 'HF_STORE_BACKLOG' }]);
    expect(warnings[0]?.message).toContain('has ended');
    expect(warnings[0]?.message).not.toContain('lost for too long');
    expect(rig.clock.pendingTimers).toBe(0);
  });

  test('waits for nothing that no caller waits for, and says that it may not be done', async () => {
    const warnings = hearWarnings();
    const rig = rigOf();
    rig.store.error = failure('refused');
    await rig.guard.release(KEY, LEASE, { deadlineMs: 2_000 });
    rig.store.frozen = true;
    const hurried = begin(rig, takeIn(10));
    await rig.clock.advanceAsync(120);
    const later = begin(rig, takeIn(10));
    await rig.clock.advanceAsync(10);
    expect([hurried.how, later.how]).toEqual(['unknown', 'unknown']);
    expect(rig.guard.health().pending).toBe(3);
    let over = false;
    const ended = rig.guard[Symbol.asyncDispose]().then(() => void (over = true));
    await rig.clock.advanceAsync(0);
    expect(over).toBe(true);
    await ended;
    expect(rig.clock.pendingTimers).toBe(0);
    expect(warnings).toMatchObject([{ code: 'HF_STORE_BACKLOG' }]);
  });
});

describe('options of a guard', () => {
  const { clock, store } = { clock: undefined, store: memoryStore() };

  test.each([
    ['maxPending', 0, RangeError],
    ['maxPending', null, TypeError],
    ['maxWaiting', -1, RangeError],
    ['maxWaiting', 1.5, RangeError],
    ['maxBacklog', 0, RangeError],
    ['maxBacklog', NaN, RangeError],
    ['clock', {}, TypeError],
    ['random', 1, TypeError],
  ] as const)('%s may not be %j', (option, value, type) => {
    const wrong = { clock, [option]: value } as never;
    expectInvalid(() => guarded(store, wrong), { type, option, value });
  });

  test.each([null, {}, 'redis', { ...store, name: 'half' }])(
    'have to come with a store that has all that is called: not %o',
    (half) => {
      expectInvalid(() => guarded(half as never), {
        type: TypeError,
        option: 'store',
        value: half,
      });
    },
  );

  test('must be known', () => {
    expect(() => guarded(store, { maxInFlight: 1 } as never)).toThrow('guarded.maxInFlight');
    expect(() => guarded(store, null as never)).toThrow(TypeError);
  });
});

test('what is lost and restored is told to listeners, to the channel, and by health', async () => {
  const messages = messagesOn(CHANNELS.store);
  const rig = rigOf();
  await lose(rig);
  expect(rig.guard.health().state).toBe('lost');
  await rig.clock.advanceAsync(950);
  rig.store.thaw();
  await rig.clock.advanceAsync(200);
  expect(rig.guard.health().state).toBe('up');
  const [lost, restored] = rig.heard;
  expect(lost).toMatchObject({ what: 'lost', at: 90 });
  expect(restored?.lostForMs).toBe((restored?.at ?? 0) - 90);
  expect(messages).toEqual([
    { type: 'lost', name: 'shelf' },
    { type: 'restored', name: 'shelf', lostForMs: restored?.lostForMs },
  ]);
  rig.store.warnings = ['old'];
  expect(rig.guard.health().warnings).toEqual(['old']);
});
