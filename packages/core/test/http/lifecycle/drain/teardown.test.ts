import { describe, expect, onTestFinished, test } from 'vitest';
import { HoldfastError } from '../../../../src/errors.ts';
import { drain } from '../../../../src/http/lifecycle/drain.ts';
import { openBeside } from '../../../../src/http/lifecycle/open-beside.ts';
import type { Drain, DrainOptions } from '../../../../src/http/lifecycle/types.ts';
import { errorOf, expectInvalid } from '../../../support/invalid-option.ts';
import { RecordingClock } from '../../../support/recording-clock.ts';
import { rigOf } from './support/rig.ts';
import { turns, until } from './support/until.ts';

const hang = (): Promise<never> => new Promise(() => undefined);

/** A drain without a server: what is deferred is all there is. */
const bareRig = (options: DrainOptions = {}): { clock: RecordingClock; draining: Drain } => {
  const clock = new RecordingClock();
  return { clock, draining: drain([], { signals: false, lingerMs: 0, clock, ...options }) };
};

describe('deferred work', () => {
  test('runs when the servers are closed, in its order, one after the other', async () => {
    const rig = await rigOf();
    const log: string[] = [];
    for (const name of ['first', 'second', 'third'])
      rig.drain.defer(name, async () => {
        log.push(`${name} begins, ${rig.drain.phase}`);
        await Promise.resolve();
        log.push(`${name} ends`);
      });
    rig.drain.defer('last', () => log.push('last'), { after: ['first'] });
    const wire = await rig.wire();
    wire.ask('/slow');
    await until(() => rig.responses.length === 1);
    await rig.start();
    expect(log).toEqual([]);
    rig.response(0).end();
    const report = await rig.drain.start();
    expect(log).toEqual([
      'third begins, tearing-down',
      'third ends',
      'second begins, tearing-down',
      'second ends',
      'first begins, tearing-down',
      'first ends',
      'last',
    ]);
    expect(report.teardown).toEqual(
      ['third', 'second', 'first', 'last'].map((name) => ({ name, outcome: 'done', tookMs: 0 })),
    );
    expect(report.clean).toBe(true);
  });

  test('waits for what is open beside the servers, for as long as connections may take', async () => {
    const beside = Promise.withResolvers<void>();
    openBeside.add(beside.promise);
    onTestFinished(() => void openBeside.delete(beside.promise));
    const [patient, hurried] = [bareRig(), bareRig({ deadlineMs: 1_000 })];
    const log: string[] = [];
    const reports = Object.entries({ patient, hurried }).map(([name, { draining, clock }]) => {
      draining.defer('work', () => log.push(`${name} at ${clock.now()}`));
      return draining.start();
    });
    for (const { clock } of [patient, hurried]) await clock.advanceAsync(899);
    expect([patient, hurried].map(({ draining }) => draining.phase)).toEqual([
      'closing',
      'closing',
    ]);
    expect(log).toEqual([]);
    for (const { clock } of [patient, hurried]) await clock.advanceAsync(1);
    await hurried.clock.runUntilSettled(hurried.draining.start());
    expect(log).toEqual(['hurried at 900']);
    beside.resolve();
    await turns();
    expect(log).toEqual(['hurried at 900', 'patient at 900']);
    expect(await Promise.all(reports)).toMatchObject([{ clean: true }, { clean: true }]);
  });

  test('waits for nothing beside the servers once the drain is disposed of', async () => {
    const beside = Promise.withResolvers<void>();
    openBeside.add(beside.promise);
    onTestFinished(() => void openBeside.delete(beside.promise));
    const rig = await rigOf({ lingerMs: 0 });
    const wire = await rig.wire();
    wire.ask('/slow');
    await until(() => rig.responses.length === 1);
    await rig.start();
    rig.drain[Symbol.dispose]();
    let closes = 0;
    rig.server.closeIdleConnections = () => void closes++;
    beside.resolve();
    await turns();
    expect(closes).toBe(0);
  });

  test('may throw or reject without stopping the others, and is told', async () => {
    const { clock, draining } = bareRig();
    const [boom, bang] = [new Error('boom'), new Error('bang')];
    draining.defer('fine', () => 'whatever');
    draining.defer('throws', () => {
      throw boom;
    });
    draining.defer('rejects', () => Promise.reject(bang));
    const report = await clock.runUntilSettled(draining.start());
    expect(report).toMatchObject({
      clean: false,
      teardown: [
        { name: 'rejects', outcome: 'failed', error: bang },
        { name: 'throws', outcome: 'failed', error: boom },
        { name: 'fine', outcome: 'done' },
      ],
    });
  });

  test('may hang without stopping the others: each has an even share of the time that is left', async () => {
    const { clock, draining } = bareRig({ deadlineMs: 9_000 });
    const signals: AbortSignal[] = [];
    draining.defer('fine', () => undefined);
    draining.defer('hangs too', hang);
    draining.defer('hangs', (signal) => {
      signals.push(signal);
      return hang();
    });
    const report = await clock.runUntilSettled(draining.start());
    expect(report.teardown).toMatchObject([
      { name: 'hangs', outcome: 'timed-out', tookMs: 3_000 },
      { name: 'hangs too', outcome: 'timed-out', tookMs: 3_000 },
      { name: 'fine', outcome: 'done', tookMs: 0 },
    ]);
    expect(report).toMatchObject({ clean: false, tookMs: 6_000 });
    const error = report.teardown[0]?.error;
    expect(error).toMatchObject({ code: 'HF_TIMEOUT', policy: 'hangs', afterMs: 3_000 });
    expect(signals[0]?.reason).toBe(error);
    expect(clock.pendingTimers).toBe(0);
  });

  test('has the time it asks for, where that leaves an even share to those after it', async () => {
    const { clock, draining } = bareRig({ deadlineMs: 1_000 });
    draining.defer('last', () => undefined);
    draining.defer('greedy', hang, { timeoutMs: 5_000 });
    draining.defer('modest', hang, { timeoutMs: 10 });
    const report = await clock.runUntilSettled(draining.start());
    expect(report.teardown).toMatchObject([
      { name: 'modest', outcome: 'timed-out', tookMs: 10 },
      { name: 'greedy', outcome: 'timed-out', tookMs: 495 },
      { name: 'last', outcome: 'done', tookMs: 0 },
    ]);
    expect(report.tookMs).toBe(505);
  });

  test('has more than an even share where those after it ask for less', async () => {
    const { clock, draining } = bareRig({ deadlineMs: 1_000 });
    draining.defer('modest', hang, { timeoutMs: 10 });
    draining.defer('greedy', hang, { timeoutMs: 5_000 });
    const report = await clock.runUntilSettled(draining.start());
    expect(report.teardown).toMatchObject([
      { name: 'greedy', outcome: 'timed-out', tookMs: 990 },
      { name: 'modest', outcome: 'timed-out', tookMs: 10 },
    ]);
  });

  test('has its part of the deadline too where it was deferred while connections were waited for', async () => {
    const rig = await rigOf({ deadlineMs: 4_000 });
    const wire = await rig.wire();
    wire.ask('/slow');
    await until(() => rig.responses.length === 1);
    await rig.start();
    await rig.clock.advanceAsync(2_500);
    expect(rig.drain.phase).toBe('closing');
    rig.drain.defer('late', () => undefined);
    await rig.clock.advanceAsync(1_500);
    const report = await rig.clock.runUntilSettled(rig.drain.start());
    expect(report.teardown).toMatchObject([{ name: 'late', outcome: 'done' }]);
  });

  test('keeps the signal it was given where it ends in time', async () => {
    const { clock, draining } = bareRig();
    const signals: AbortSignal[] = [];
    draining.defer('fine', (signal) => void signals.push(signal));
    await clock.runUntilSettled(draining.start());
    expect(signals[0]?.aborted).toBe(false);
  });

  test('may reject after its time is over, unheard', async () => {
    const { clock, draining } = bareRig();
    const late = Promise.withResolvers<never>();
    draining.defer('late', () => late.promise, { timeoutMs: 1 });
    const report = await clock.runUntilSettled(draining.start());
    late.reject(new Error('unheard'));
    await clock.advanceAsync(0);
    expect(report.teardown).toMatchObject([{ outcome: 'timed-out' }]);
  });

  test('keeps the last tenth of the deadline from connections that do not end', async () => {
    const rig = await rigOf({ deadlineMs: 4_000 });
    let ranAt = 0;
    rig.drain.defer('work', () => void (ranAt = rig.clock.now()));
    const wire = await rig.wire();
    wire.ask('/slow');
    await until(() => rig.responses.length === 1);
    await rig.start();
    await rig.clock.advanceAsync(3_599);
    expect(wire.closed).toBe(false);
    await rig.clock.advanceAsync(1);
    const report = await rig.clock.runUntilSettled(rig.drain.start());
    expect(ranAt).toBe(3_600);
    expect(report).toMatchObject({ clean: false, cut: { requests: 1 } });
    expect(report.teardown).toMatchObject([{ name: 'work', outcome: 'done' }]);
  });

  test('can be taken back', async () => {
    const { clock, draining } = bareRig();
    const taken = draining.defer('taken back', () => expect.unreachable());
    draining.defer('stays', () => undefined, { after: ['taken back'] });
    taken[Symbol.dispose]();
    taken[Symbol.dispose]();
    expect(draining.snapshot().deferred).toEqual(['stays']);
    const report = await clock.runUntilSettled(draining.start());
    expect(report.teardown).toMatchObject([{ name: 'stays', outcome: 'done' }]);
  });

  test('may be deferred while the drain is on, until teardown', async () => {
    const rig = await rigOf();
    await rig.wire();
    await rig.start();
    rig.drain.defer('late', () => undefined);
    rig.drain.defer('asks for more', () => {
      rig.drain.defer('too late', () => undefined);
    });
    await rig.clock.advanceAsync(1_500);
    const report = await rig.drain.start();
    expect(report.teardown).toMatchObject([
      { name: 'asks for more', outcome: 'failed', error: { code: 'HF_DISPOSED' } },
      { name: 'late', outcome: 'done' },
    ]);
    expect(errorOf(() => rig.drain.defer('after all', () => undefined))).toBeInstanceOf(
      HoldfastError,
    );
  });
});

describe('what cannot be deferred', () => {
  const { draining } = bareRig();
  draining.defer('database', () => undefined);
  const defer = (...parts: unknown[]) => Reflect.apply(draining.defer, draining, parts);
  const work = () => undefined;

  test.each([
    ['a name that is no string', ['name', 7], () => defer(7, work), TypeError],
    ['an empty name', ['name', ''], () => defer('', work), TypeError],
    ['a name that is taken', ['name', 'database'], () => defer('database', work), RangeError],
    ['no work', ['work', undefined], () => defer('a'), TypeError],
    ['work that is no function', ['work', 7], () => defer('a', 7), TypeError],
    ['null for options', ['defer', null], () => defer('a', work, null), TypeError],
    ['an unknown option', ['defer.before', 7], () => defer('a', work, { before: 7 }), TypeError],
    ['one name after', ['after', 'b'], () => defer('a', work, { after: 'b' }), TypeError],
    ['no name after', ['after', 7], () => defer('a', work, { after: [7] }), TypeError],
    ['nobody after', ['after', 'b'], () => defer('a', work, { after: ['b'] }), RangeError],
    ['itself after', ['after', 'a -> a'], () => defer('a', work, { after: ['a'] }), RangeError],
    ['no time', ['timeoutMs', 0], () => defer('a', work, { timeoutMs: 0 }), RangeError],
  ] as const)('%s', (_, [option, value], act, type) => {
    expectInvalid(act, { type, option, value });
    expect(draining.snapshot().deferred).toEqual(['database']);
  });

  test('a circle, which a name that was taken back can close', () => {
    const { draining: own } = bareRig();
    const first = own.defer('a', work);
    own.defer('b', work, { after: ['a'] });
    own.defer('c', work, { after: ['b'] });
    first[Symbol.dispose]();
    expectInvalid(() => own.defer('a', work, { after: ['c'] }), {
      type: RangeError,
      option: 'after',
      value: 'b -> a -> c -> b',
    });
  });
});
