import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { heapArguments } from '../../src/sizing/heap-arguments.ts';
import type { Machine } from '../../src/sizing/types.ts';
import { workerCount } from '../../src/sizing/worker-count.ts';
import { expectInvalid } from '../../../core/test/support/invalid-option.ts';
import { spread } from '../../../core/test/support/spread.ts';
import { GIBIBYTE } from './machines.ts';

const MEBIBYTE = 2 ** 20;
const LARGE: Machine = { cpus: 8, memoryBytes: 16 * GIBIBYTE, memoryLimited: true };

const machines = fc.record({
  cpus: spread(0.01, 256),
  memoryBytes: fc.oneof(
    fc.integer({ min: 1, max: 1_024 * GIBIBYTE }),
    // Where one more worker has just room.
    fc.integer({ min: 1, max: 300 }).map((workers) => workers * 256 * MEBIBYTE),
  ),
  memoryLimited: fc.boolean(),
});

describe('the number of workers', () => {
  it('is as large as CPUs and memory allow and no larger, or one', () => {
    const property = fc.property(machines, (machine) => {
      const count = workerCount('auto', machine, {});
      const fits = (workers: number) =>
        workers <= machine.cpus && workers * 256 * MEBIBYTE <= machine.memoryBytes;
      expect(count === 1 || fits(count)).toBe(true);
      expect(fits(count + 1)).toBe(false);
      expect(Number.isInteger(count)).toBe(true);
    });
    fc.assert(property);
  });

  test.each([
    [{ cpus: 0.5 }, 1],
    [{ cpus: 2.9 }, 2],
    [{ memoryBytes: GIBIBYTE }, 4],
    [{ memoryBytes: 100 * MEBIBYTE }, 1],
    [{}, 8],
  ])('where there is %o is %i', (part, expected) => {
    expect(workerCount(undefined, { ...LARGE, ...part }, {})).toBe(expected);
  });

  test('is what the environment says in place of "auto", and of that alone', () => {
    const environment = { HOLDFAST_WORKERS: ' 3 ' };
    expect(workerCount('auto', LARGE, environment)).toBe(3);
    expect(workerCount(undefined, LARGE, environment)).toBe(3);
    expect(workerCount(5, LARGE, environment)).toBe(5);
    expect(workerCount(() => 6, LARGE, environment)).toBe(6);
    expect(workerCount('auto', LARGE, { HOLDFAST_WORKERS: '' })).toBe(8);
  });

  test.each(['0', '-1', '1.5', 'many', '1e2', '0x2', '99999', '9999999999'])(
    'is refused where the environment says %s',
    (value) => {
      const count = () => workerCount('auto', LARGE, { HOLDFAST_WORKERS: value });
      expect(count).toThrow(RangeError);
      expect(count).toThrow(/option "HOLDFAST_WORKERS" is .*; allowed: a whole number from 1/);
    },
  );

  test('is what a function makes of the machine, if that is a number of workers', () => {
    expect(workerCount(({ cpus }) => cpus - 1, LARGE, {})).toBe(7);
    expectInvalid(() => workerCount(() => Number.NaN, LARGE, {}), {
      type: RangeError,
      option: 'workers()',
      value: Number.NaN,
    });
  });
});

describe('the limit of the heaps', () => {
  it('is together no more than the share, unless each is at its least', () => {
    const property = fc.property(
      machines,
      spread(0.01, 1),
      fc.integer({ min: 1, max: 64 }),
      (machine, share, processes) => {
        const [argument, ...more] = heapArguments(
          share,
          { ...machine, memoryLimited: true },
          processes,
          [],
        );
        const mebibytes = Number(argument?.replace('--max-old-space-size=', ''));
        const together = mebibytes * MEBIBYTE * processes;
        const most = machine.memoryBytes * share;
        expect(more).toEqual([]);
        expect(mebibytes === 64 || (mebibytes > 64 && together <= most)).toBe(true);
        expect(together + MEBIBYTE * processes).toBeGreaterThan(most - 1);
      },
    );
    fc.assert(property);
  });

  test('of 2 GiB for three workers and one more is 384 MiB each', () => {
    const machine = { ...LARGE, memoryBytes: 2 * GIBIBYTE };
    expect(heapArguments(0.75, machine, 4, ['--no-warnings'])).toEqual([
      '--max-old-space-size=384',
    ]);
  });

  test('is left to V8 where memory has no limit, or no share of it is given', () => {
    expect(heapArguments(0.75, { ...LARGE, memoryLimited: false }, 4, [])).toEqual([]);
    expect(heapArguments(false, LARGE, 4, [])).toEqual([]);
  });

  test.each([
    '--max-old-space-size=512',
    '--max_old_space_size=512',
    '--max-old_space-size',
    '--max-heap-size=512',
    '--max-old-space-size-percentage=50',
    '--enable-source-maps --max-old-space-size=512',
    '--require "./a b.js" "--max-old-space-size=512"',
  ])('is left to the user who says %s', (option) => {
    expect(heapArguments(0.75, LARGE, 4, ['--no-warnings', option])).toEqual([]);
  });

  test.each(['--max-semi-space-size=16', '--require=./x--max-old-space-size.js'])(
    'is set beside %s',
    (option) => {
      expect(heapArguments(0.75, LARGE, 4, [option])).toEqual(['--max-old-space-size=3072']);
    },
  );
});
