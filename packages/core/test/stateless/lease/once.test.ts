import { describe, expect, test } from 'vitest';
import {
  key,
  memoryStore,
  once,
  type OnceOptions,
  type Ran,
} from '../../../src/stateless/index.ts';
import { virtualClock } from '../../../src/testing/index.ts';
import { OPERATION } from './support/bench.ts';
import { ScriptedStore, type Fate } from './support/scripted-store.ts';

const boom = new Error('boom');

const rigOf = (options: Partial<OnceOptions> = {}) => {
  const clock = virtualClock();
  const memory = memoryStore({ clock });
  const scripted = new ScriptedStore(memory, clock);
  const all = { store: scripted.store, name: 'report', ...options };
  return { clock, memory, scripted, report: once(all), other: once({ ...all, store: memory }) };
};

describe('work that is done once', () => {
  test('is done by whoever comes first, once for each slot', async () => {
    const { report, other } = rigOf();
    expect(report.name).toBe('report');
    let runs = 0;
    const work = (): number => ++runs;
    expect(await report.run('03:00', work)).toEqual({ ran: true, value: 1 });
    expect(await report.run('03:00', work)).toEqual({ ran: false });
    expect(await other.run('03:00', work)).toEqual({ ran: false });
    expect(await other.run('04:00', work)).toEqual({ ran: true, value: 2 });
  });

  test('is done once by a hundred who come together', async () => {
    const { report, other } = rigOf();
    let runs = 0;
    const all = Array.from({ length: 100 }, (_, nth) =>
      (nth % 2 === 0 ? report : other).run('03:00', () => ++runs),
    );
    expect((await Promise.all(all)).filter(({ ran }) => ran)).toHaveLength(1);
    expect(runs).toBe(1);
  });

  test('is not done again when it failed', async () => {
    const { report, other } = rigOf();
    await expect(report.run('03:00', () => Promise.reject(boom))).rejects.toBe(boom);
    expect(await other.run('03:00', () => 1)).toEqual({ ran: false });
  });

  test('may be done again after keepMs', async () => {
    const { clock, report, other } = rigOf({ keepMs: 1_000 });
    await report.run('03:00', () => 1);
    await clock.advanceAsync(999);
    expect(await other.run('03:00', () => 1)).toEqual({ ran: false });
    await clock.advanceAsync(1);
    expect(await other.run('03:00', () => 1)).toEqual({ ran: true, value: 1 });
  });

  test('keeps a slot for a day', async () => {
    const { memory, report } = rigOf();
    await report.run('03:00', () => 1);
    const slot = key('once', 'default', 'report', '03:00');
    expect(await memory.read(slot, OPERATION)).toMatchObject({ ttlMs: 86_400_000 });
  });
});

describe('a store that fails', () => {
  test.each<Fate>(['unknown', 'lost'])(
    'to say that the slot was taken (%s) is asked whose it is',
    async (fate) => {
      const { clock, scripted, report, other } = rigOf();
      scripted.next.write = [fate];
      const ran: Promise<Ran<number>> = report.run('03:00', () => 1);
      expect(await clock.runUntilSettled(ran)).toEqual({ ran: true, value: 1 });
      expect(await other.run('03:00', () => 1)).toEqual({ ran: false });
      expect(clock.pendingTimers).toBe(0);
    },
  );

  test('and had not taken the slot is asked once more', async () => {
    const { clock, scripted, report } = rigOf();
    scripted.next.write = ['hangs'];
    const ran: Promise<Ran<number>> = report.run('03:00', () => 1);
    expect(await clock.runUntilSettled(ran)).toEqual({ ran: true, value: 1 });
  });

  test('has nobody do the work of another, whose slot it is', async () => {
    const { clock, scripted, report, other } = rigOf();
    scripted.next.write = ['hangs'];
    const ran = report.run('03:00', () => 1);
    expect(await other.run('03:00', () => 1)).toMatchObject({ ran: true });
    expect(await clock.runUntilSettled(ran)).toEqual({ ran: false });
  });

  test.each<[Fate, string]>([
    ['not-sent', 'store "scripted" is not available (not-sent)'],
    ['refused', 'store "scripted" is not available (refused)'],
    ['throws', 'no promise'],
  ])(
    'and has not taken the slot (%s) says so, and another may do the work',
    async (fate, message) => {
      const { scripted, report, other } = rigOf();
      scripted.next.write = [fate];
      await expect(report.run('03:00', () => 1)).rejects.toThrow(message);
      expect(scripted.count('write')).toBe(1);
      expect(await other.run('03:00', () => 1)).toMatchObject({ ran: true });
    },
  );

  test.each<[Fate[], Fate[]]>([
    [['unknown', 'unknown'], []],
    [['hangs', 'hangs'], []],
    [['unknown'], ['unknown']],
    [['unknown'], ['hangs']],
  ])('to the end (%j, then %j) has nobody do the work', async (write, read) => {
    const { clock, scripted, report } = rigOf();
    Object.assign(scripted.next, { write, read });
    let runs = 0;
    const ran = report.run('03:00', () => ++runs);
    await expect(clock.runUntilSettled(ran)).rejects.toMatchObject({ failure: 'unknown' });
    expect(runs).toBe(0);
    expect(clock.now()).toBeLessThanOrEqual(100);
    expect(clock.pendingTimers).toBe(0);
  });
});
