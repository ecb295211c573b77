import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Leases, type LeaseEntry } from '../../../src/stateless/memory/leases.ts';
import { Table } from '../../../src/stateless/memory/table.ts';
import type { Lease } from '../../../src/stateless/store.ts';
import { LeaseModel } from '../model/lease-model.ts';

const leasesOf = (maxKeys = 10): Leases =>
  new Leases(new Table<LeaseEntry>({ name: 'memory', maxKeys, keepMs: 0, lossOf: undefined }), 0);

const steps = fc.array(
  fc.record({
    does: fc.constantFrom('lease', 'lease', 'lease', 'release'),
    /** Sometimes the clock steps back. */
    passedMs: fc.oneof(fc.integer({ min: 0, max: 20 }), fc.integer({ min: -300, max: 300 })),
    holder: fc.nat(40),
    leaseMs: fc.constantFrom(10, 100, 100, 100, 500),
    max: fc.integer({ min: 1, max: 30 }),
  }),
  { minLength: 1, maxLength: 300, size: 'max' },
);

const processorMsOf = (work: () => void): number => {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
};

const leaseOf = (holder: number): Lease => ({ max: 1e6, leaseMs: 10_000, id: `holder-${holder}` });

/** 10,000 renewals, refusals and returns, each, where so many hold it. */
const costsOf = (holders: number): number => {
  const leases = leasesOf();
  let now = 1_000;
  for (let holder = 0; holder < holders; holder++) leases.lease('key', leaseOf(holder), now++);
  const refused = { max: 1, leaseMs: 10_000, id: 'another' };
  const begin = now;
  return processorMsOf(() => {
    for (let call = 0; call < 10_000; call++) {
      now = begin + call / 10;
      leases.lease('key', leaseOf(call % holders), now);
      leases.lease('key', refused, now);
      leases.release('key', leaseOf((call + 1) % holders));
      leases.lease('key', leaseOf((call + 1) % holders), now);
    }
  });
};

describe('leases in memory', () => {
  test('are given, renewed, refused and ended as the model has it, also to many holders', () => {
    fc.assert(
      fc.property(steps, (asked) => {
        const leases = leasesOf();
        const model = new LeaseModel();
        let now = 10_000;
        for (const { does, passedMs, holder, leaseMs, max } of asked) {
          now = Math.max(1, now + passedMs);
          const lease = { max, leaseMs, id: `${holder}` };
          const [answer, expected] = [leases, model].map((each) =>
            does === 'lease' ? each.lease('key', lease, now) : void each.release('key', lease),
          );
          expect(answer).toEqual(expected);
        }
      }),
      { numRuns: 500 },
    );
  });

  test('cost much the same however many hold one key', () => {
    costsOf(16);
    const few = Math.min(costsOf(16), costsOf(16));
    const many = Math.min(costsOf(8_000), costsOf(8_000));
    expect(many).toBeLessThan(15 * few);
  });

  test('are as many as there may be, over all keys; those that ended or were given back make room', () => {
    const table = new Table<LeaseEntry>({
      name: 'memory',
      maxKeys: 10,
      keepMs: 1e9,
      lossOf: undefined,
      room: { left: 5 },
    });
    const leases = new Leases(table, 0);
    const of = (id: string, leaseMs = 1_000): Lease => ({ max: 1e9, leaseMs, id });
    for (const id of ['1', '2', '3']) leases.lease('one', of(id), 1);
    for (const id of ['4', '5']) leases.lease('two', of(id, 5_000), 1);
    for (const key of ['one', 'two', 'three'])
      expect(() => leases.lease(key, of('6'), 2)).toThrow('refused');
    expect(table.size).toBe(2);
    expect(leases.lease('one', of('1'), 3)).toMatchObject({ renewed: true, holders: 3 });
    expect(leases.lease('two', { ...of('6'), max: 2 }, 4)).toMatchObject({ held: false });
    leases.release('one', of('2'));
    expect(leases.lease('two', of('6', 5_000), 5)).toMatchObject({ held: true, holders: 3 });
    expect(() => leases.lease('three', of('7'), 6)).toThrow('refused');
    // By now those of the first key have ended, of which nobody has asked since.
    for (const id of ['7', '8'])
      expect(leases.lease('three', of(id), 2_000)).toMatchObject({ held: true });
    expect(() => leases.lease('three', of('9'), 2_000)).toThrow('refused');
  });

  test('of one key have 16 lengths at once, and no more', () => {
    const leases = leasesOf();
    const of = (leaseMs: number): Lease => ({ max: 1e9, leaseMs, id: 'one' });
    for (let length = 1; length <= 16; length++) leases.lease('key', of(length * 100), 1);
    expect(() => leases.lease('key', of(1_700), 1)).toThrow('refused');
    expect(leases.lease('other', of(1_700), 1)).toMatchObject({ held: true });
    expect(leases.lease('key', { ...of(100), id: 'two' }, 1)).toMatchObject({ holders: 17 });
    expect(leases.lease('key', { ...of(1_700), max: 1 }, 1)).toMatchObject({ held: false });
    expect(leases.lease('key', of(1_700), 101)).toMatchObject({ held: true, holders: 16 });
  });

  test('that were renewed make no room before their new end', () => {
    const leases = leasesOf(1);
    const lease = { max: 1, leaseMs: 100, id: 'one' };
    leases.lease('key', lease, 1);
    leases.lease('key', lease, 90);
    expect(() => leases.lease('other', lease, 150)).toThrow('refused');
    expect(leases.lease('key', { ...lease, id: 'another' }, 150)).toMatchObject({ held: false });
    expect(leases.lease('other', lease, 1_200)).toMatchObject({ held: true });
  });

  test('make room once the last of them has ended, though one that was longer was given back', () => {
    const leases = leasesOf(1);
    const long = { max: 2, leaseMs: 1_000, id: 'long' };
    leases.lease('key', { max: 2, leaseMs: 100, id: 'short' }, 1);
    leases.lease('key', long, 1);
    leases.release('key', long);
    expect(() => leases.lease('other', long, 100)).toThrow('refused');
    expect(leases.lease('other', long, 1_101)).toMatchObject({ held: true });
  });
});
