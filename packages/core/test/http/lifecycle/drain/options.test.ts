import { describe, expect, test } from 'vitest';
import { drain } from '../../../../src/http/lifecycle/drain.ts';
import type { DrainOptions } from '../../../../src/http/lifecycle/types.ts';
import { expectInvalid, type Complaint } from '../../../support/invalid-option.ts';

const build = (options: unknown): unknown => Reflect.apply(drain, undefined, [[], options]);

const complaint = (type: Complaint['type'], option: string, value: unknown): Complaint => ({
  type,
  option,
  value,
});

describe('options of a drain that are wrong', () => {
  test.each<[DrainOptions | Record<string, unknown> | null, Complaint]>([
    [null, complaint(TypeError, 'drain', null)],
    [{ lingerTime: 5 }, complaint(TypeError, 'drain.lingerTime', 5)],
    [{ name: '' }, complaint(TypeError, 'name', '')],
    [{ signals: true }, complaint(TypeError, 'signals', true)],
    [{ signals: 'SIGTERM' }, complaint(TypeError, 'signals', 'SIGTERM')],
    [{ signals: [15] }, complaint(TypeError, 'signals', 15)],
    [{ signals: ['SIGNAL'] }, complaint(RangeError, 'signals', 'SIGNAL')],
    [{ signals: ['SIGKILL'] }, complaint(RangeError, 'signals', 'SIGKILL')],
    [{ signals: null }, complaint(TypeError, 'signals', null)],
    [{ announceMs: -1 }, complaint(RangeError, 'announceMs', -1)],
    [{ lingerMs: Number.NaN }, complaint(RangeError, 'lingerMs', Number.NaN)],
    [{ lingerMs: '5' }, complaint(TypeError, 'lingerMs', '5')],
    [{ deadlineMs: 0 }, complaint(RangeError, 'deadlineMs', 0)],
    [{ deadlineMs: Infinity }, complaint(RangeError, 'deadlineMs', Infinity)],
    [{ lingerMs: 500, deadlineMs: 500 }, complaint(RangeError, 'deadlineMs', 500)],
    [{ announceMs: 10_000 }, complaint(RangeError, 'deadlineMs', 10_000)],
    [{ upgradedSpreadMs: 10_001 }, complaint(RangeError, 'upgradedSpreadMs', 10_001)],
    [{ onUpgraded: 7 }, complaint(TypeError, 'onUpgraded', 7)],
    [{ clock: {} }, complaint(TypeError, 'clock', {})],
  ])('%j', (options, expected) => {
    const before = process.eventNames().length;
    expectInvalid(() => build(options), expected);
    expect(process.eventNames()).toHaveLength(before);
  });
});

describe('options of a drain that may be left out', () => {
  test('are undefined too', () => {
    const all = ['name', 'signals', 'announceMs', 'lingerMs', 'deadlineMs', 'onUpgraded', 'clock'];
    const options = Object.fromEntries([...all, 'upgradedSpreadMs'].map((key) => [key, undefined]));
    const draining = build(options) as Disposable;
    expect(process.listenerCount('SIGTERM')).toBe(1);
    draining[Symbol.dispose]();
    expect(process.listenerCount('SIGTERM')).toBe(0);
  });
});
