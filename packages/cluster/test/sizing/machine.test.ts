import { availableParallelism, totalmem } from 'node:os';
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { machineOf } from '../../src/index.ts';
import { machineFrom } from '../../src/sizing/machine.ts';
import {
  allowedOn,
  GIBIBYTE,
  sourcesOf,
  UNLIMITED_HYBRID,
  VERSION_1_CONTAINER,
  VERSION_2_CONTAINER,
  VERSION_2_NESTED,
  type Files,
} from './machines.ts';

const BARE = { cpus: 8, memoryBytes: 16 * GIBIBYTE, memoryLimited: false };

describe('what there is for workers', () => {
  test.each<[string, Files, Partial<typeof BARE>]>([
    ['in a container of version 2', VERSION_2_CONTAINER, { cpus: 1.5, memoryBytes: GIBIBYTE / 2 }],
    ['in nested groups of version 2', VERSION_2_NESTED, { cpus: 3, memoryBytes: 2 * GIBIBYTE }],
    ['in a container of version 1', VERSION_1_CONTAINER, { cpus: 2, memoryBytes: GIBIBYTE }],
  ])('is the least of all limits %s', (_, files, expected) => {
    expect(machineFrom(sourcesOf(files))).toEqual({ ...expected, memoryLimited: true });
  });

  test.each<[string, Files]>([
    ['without control groups', {}],
    ['whose groups limit nothing', UNLIMITED_HYBRID],
    [
      'whose group says "max"',
      {
        ...VERSION_2_CONTAINER,
        '/sys/fs/cgroup/cpu.max': 'max 100000\n',
        '/sys/fs/cgroup/memory.max': 'max\n',
      },
    ],
    [
      'with a quota and without its period',
      { '/proc/self/cgroup': '1:cpu:/\n', '/sys/fs/cgroup/cpu/cpu.cfs_quota_us': '50000' },
    ],
    [
      'whose files are empty',
      Object.fromEntries(Object.keys(VERSION_2_CONTAINER).map((path) => [path, ''])),
    ],
  ])('is all of a machine %s', (_, files) => {
    expect(machineFrom(sourcesOf(files))).toEqual(BARE);
  });

  test('is limited by either version where both are there', () => {
    const files = {
      ...VERSION_1_CONTAINER,
      '/sys/fs/cgroup/unified/system.slice/cpu.max': '100000 200000\n',
    };
    expect(machineFrom(sourcesOf(files)).cpus).toBe(0.5);
  });

  test('is read at the root for a group that lies outside of what the container sees', () => {
    const files = { ...VERSION_2_CONTAINER, '/proc/self/cgroup': '0::/../../other\n' };
    const asked: string[] = [];
    const { readText } = sourcesOf(files);
    const machine = machineFrom(
      sourcesOf(files, { readText: (path) => (asked.push(path), readText(path)) }),
    );
    expect(machine.cpus).toBe(1.5);
    expect(asked.filter((path) => path.includes('..'))).toEqual([]);
  });

  test('has a group whose name holds a colon', () => {
    const files = {
      '/proc/self/cgroup': '0::/a:b\n',
      '/sys/fs/cgroup/a:b/cpu.max': '100000 100000\n',
    };
    expect(machineFrom(sourcesOf(files)).cpus).toBe(1);
  });

  test('has the CPUs that the process may run on, where libuv says 1 for want of a weight', () => {
    const sources = sourcesOf(allowedOn('0-2,8', '0-15'), { availableParallelism: () => 1 });
    expect(machineFrom(sources).cpus).toBe(4);
  });

  test('has no CPU that the machine could have and has not', () => {
    expect(machineFrom(sourcesOf(allowedOn('2-3,64-127', '0-3'))).cpus).toBe(2);
  });

  test.each([
    ['0-3', ''],
    ['', '0-3'],
    ['4-5', '0-3'],
    ['0-99999', '0-99999'],
    ['0-3,x', '0-3'],
  ])('has what libuv says for the lists "%s" of "%s"', (list, online) => {
    expect(machineFrom(sourcesOf(allowedOn(list, online))).cpus).toBe(8);
  });

  test('has a quota of more than the machine as the machine', () => {
    const files = { ...VERSION_2_CONTAINER, '/sys/fs/cgroup/cpu.max': '6400000 100000' };
    expect(machineFrom(sourcesOf({ ...files, ...allowedOn('0-3', '0-7') })).cpus).toBe(4);
  });

  it('is the least of any tree of groups, in either version', () => {
    const group = fc.record({
      name: fc.constantFrom('a', 'b.slice', 'pod:7', 'x-y'),
      quota: fc.option(fc.integer({ min: 1_000, max: 1_000_000 })),
      memory: fc.option(fc.integer({ min: 1, max: 32 * GIBIBYTE })),
    });
    const property = fc.property(fc.array(group, { maxLength: 5 }), fc.boolean(), (tree, old) => {
      const path = tree.map(({ name }) => `/${name}`).join('');
      const files: Record<string, string> = {
        '/proc/self/cgroup': old ? `3:cpuacct,cpu:${path}\n2:memory:${path}` : `0::${path}`,
      };
      for (const [index, { quota, memory }] of tree.entries()) {
        const at = tree
          .slice(0, index + 1)
          .map(({ name }) => `/${name}`)
          .join('');
        if (old) {
          files[`/sys/fs/cgroup/cpu${at}/cpu.cfs_quota_us`] = String(quota ?? -1);
          files[`/sys/fs/cgroup/cpu${at}/cpu.cfs_period_us`] = '50000';
          files[`/sys/fs/cgroup/memory${at}/memory.limit_in_bytes`] = String(memory ?? 2 ** 63);
        } else {
          files[`/sys/fs/cgroup${at}/cpu.max`] = `${quota ?? 'max'} 50000\n`;
          files[`/sys/fs/cgroup${at}/memory.max`] = `${memory ?? 'max'}\n`;
        }
      }
      const cpus = Math.min(8, ...tree.map(({ quota }) => (quota ?? Infinity) / 50_000));
      const limit = Math.min(...tree.map(({ memory }) => memory ?? Infinity));
      expect(machineFrom(sourcesOf(files))).toEqual({
        cpus,
        memoryBytes: Math.min(16 * GIBIBYTE, limit),
        memoryLimited: limit < 16 * GIBIBYTE,
      });
    });
    fc.assert(property, { numRuns: 300 });
  });

  it('is something that work can be done with, whatever the files say', () => {
    const junk = fc.oneof(
      fc.string(),
      fc.constantFrom('0', '-5 100000', '1e3 100000', '100 0', 'NaN', '9'.repeat(400), '0-', '7-3'),
    );
    const property = fc.property(junk, junk, junk, fc.func(junk), (groups, list, online, other) => {
      const lines = `0::/${groups}\n1:cpu,memory:/${groups}\n${groups}`;
      const fixed: Files = { '/proc/self/cgroup': lines, ...allowedOn(list, online) };
      const machine = machineFrom(
        sourcesOf({}, { readText: (path) => fixed[path] ?? other(path) }),
      );
      expect(machine.cpus).toBeGreaterThan(0);
      expect(Number.isFinite(machine.cpus)).toBe(true);
      expect(machine.memoryBytes).toBeGreaterThan(0);
      expect(machine.memoryBytes).toBeLessThanOrEqual(16 * GIBIBYTE);
    });
    fc.assert(property, { numRuns: 500 });
  });

  test('is found on this machine too, and is no more than it has', () => {
    const machine = machineOf();
    expect(machine.cpus).toBeGreaterThan(0);
    expect(machine.cpus).toBeLessThanOrEqual(availableParallelism());
    expect(machine.memoryBytes).toBeLessThanOrEqual(totalmem());
  });
});
