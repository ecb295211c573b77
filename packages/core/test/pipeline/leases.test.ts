import { describe, expect, test } from 'vitest';
import {
  fallback,
  pipeline,
  retry,
  timeout,
  type Executable,
  type HalfOpenOptions,
} from '../../src/index.ts';
import { admitted, dueBenchOf, refused, type Bench } from '../support/breaker.ts';
import { hang, userPolicy } from '../support/calls.ts';
import { errorOf } from '../support/invalid-option.ts';

/** How long a probe holds its slot: a refusal says when to come back. */
const leaseOf = ({ breaker }: Bench): number | undefined => {
  admitted(breaker.tryAcquire());
  return refused(breaker.tryAcquire()).retryAfterMs;
};

/** Breaks so long that only the lease bounds when to come back. */
const benchOf = (halfOpen: Partial<HalfOpenOptions> = {}): Bench =>
  dueBenchOf({ halfOpen, open: { baseMs: 60_000 } });

const THE_DEFAULT = 30_000;

describe('the lease of a probe', () => {
  const within = (timeoutMs: number, clock: Bench['clock']) => timeout({ timeoutMs, clock });
  type Around = (bench: Bench) => readonly Executable<unknown>[];

  test.each<[string, number, Around]>([
    ['breaker', THE_DEFAULT, ({ breaker }) => [breaker]],
    ['breaker > timeout', 150, ({ breaker, clock }) => [breaker, within(100, clock)]],
    ['timeout > breaker', THE_DEFAULT, ({ breaker, clock }) => [within(100, clock), breaker]],
    [
      'timeout > breaker > timeout',
      300,
      ({ breaker, clock }) => [within(50, clock), breaker, within(200, clock)],
    ],
    [
      'breaker > timeout > timeout',
      150,
      ({ breaker, clock }) => [breaker, within(200, clock), within(100, clock)],
    ],
    [
      'breaker > retry > timeout',
      THE_DEFAULT,
      ({ breaker, clock }) => [breaker, retry({ clock }), within(100, clock)],
    ],
    [
      'breaker > fallback > timeout',
      THE_DEFAULT,
      ({ breaker, clock }) => [breaker, fallback({ to: hang }), within(100, clock)],
    ],
    [
      'breaker > timeout > retry > timeout',
      1_500,
      ({ breaker, clock }) => [breaker, within(1_000, clock), retry({ clock }), within(100, clock)],
    ],
    [
      'breaker > own > timeout',
      THE_DEFAULT,
      ({ breaker, clock }) => [breaker, userPolicy(), within(100, clock)],
    ],
    [
      'breaker > (retry > timeout)',
      THE_DEFAULT,
      ({ breaker, clock }) => [breaker, pipeline(retry({ clock }), within(100, clock))],
    ],
    ['breaker > (timeout)', 150, ({ breaker, clock }) => [breaker, pipeline(within(100, clock))]],
    ['(breaker) > timeout', 150, ({ breaker, clock }) => [pipeline(breaker), within(100, clock)]],
  ])('%s: %i ms', (_title, leaseMs, around) => {
    const bench = benchOf();
    pipeline(...around(bench));
    expect(leaseOf(bench)).toBe(leaseMs);
  });

  test('breaker > timeout, twice: the longer timeout decides', () => {
    const bench = benchOf();
    for (const timeoutMs of [200, 100]) pipeline(bench.breaker, within(timeoutMs, bench.clock));
    expect(leaseOf(bench)).toBe(300);
  });

  test('breaker > timeout: an explicit lease as long as the timeout stands', () => {
    const bench = benchOf({ leaseMs: 100 });
    pipeline(bench.breaker, within(100, bench.clock));
    expect(leaseOf(bench)).toBe(100);
  });

  test('breaker > timeout: a shorter one is a RangeError that names both', () => {
    const { breaker, clock } = benchOf({ leaseMs: 99 });
    const error = errorOf(() => pipeline(breaker, within(100, clock)));
    expect(error).toBeInstanceOf(RangeError);
    expect(error.option).toBe('halfOpen.leaseMs');
    expect(error.message).toContain('99');
    expect(error.message).toContain('the timeout inside the breaker, 100 ms');
  });

  test('breaker > timeout: neither can it be shortened later', () => {
    const { breaker, clock } = benchOf({ leaseMs: 200 });
    pipeline(breaker, within(100, clock));
    expect(errorOf(() => breaker.update({ halfOpen: { leaseMs: 99 } }))).toBeInstanceOf(RangeError);
    breaker.update({ halfOpen: { leaseMs: 100 } });
  });

  test('breaker > timeout: a probe that hangs is ended by the timeout, not by the lease', async () => {
    const { breaker, clock } = benchOf();
    const result = pipeline(breaker, within(100, clock)).attempt(hang);
    await clock.advanceAsync(1_000);
    expect(await result).toMatchObject({ rejection: { code: 'HF_TIMEOUT' } });
    expect(breaker.explain().lastOpening?.reason).toBe('probe-failed');
  });

  test('breaker > retry > timeout: a probe that is repeated keeps its slot', async () => {
    const { breaker, clock } = benchOf({ probes: 1 });
    const repeating = retry({ clock, backoff: { baseMs: 100, factor: 1, jitter: 'none' } });
    const stack = pipeline(breaker, repeating, within(100, clock));
    const result = stack.attempt(({ attempt }) => (attempt < 3 ? hang() : 'answer'));
    await clock.advanceAsync(1_000);
    expect(await result).toEqual({ ok: true, value: 'answer' });
    expect(breaker.state).toBe('CLOSED');
  });
});
