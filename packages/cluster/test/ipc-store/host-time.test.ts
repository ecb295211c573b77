import type { Clock } from '@holdfast/core';
import { afterEach, expect, test, vi } from 'vitest';
import { systemClock } from '../../../core/src/runtime/system-clock.ts';
import { hostOffsetOf } from '../../src/ipc-store/host-time.ts';

/** A clock whose process loses the CPU for so long after each of its looks; it is 5,000 ms behind the host. */
const interrupted = (lostMs: (look: number) => number): Clock & { looks: number } => {
  let host = 9_000_000;
  vi.spyOn(process, 'hrtime').mockImplementation(() => [
    Math.floor(host / 1_000),
    (host % 1_000) * 1e6,
  ]);
  const clock = {
    ...systemClock,
    looks: 0,
    now: () => {
      const now = host - 5_000;
      host += lostMs(clock.looks++);
      return now;
    },
  };
  return clock;
};

afterEach(() => {
  vi.restoreAllMocks();
});

test('a clock is told from the time of the host by a look that was not interrupted', () => {
  expect(hostOffsetOf(interrupted(() => 0))).toBe(5_000);
  expect(hostOffsetOf(interrupted((look) => (look < 8 ? 40 : 0)))).toBe(5_000);
});

test('or else by the one that was interrupted least, once and not without end', () => {
  const clock = interrupted((look) => (look === 20 ? 4 : 40));
  expect(hostOffsetOf(clock)).toBe(5_002);
  expect(clock.looks).toBe(40);
  expect(hostOffsetOf(clock)).toBe(5_002);
  expect(clock.looks).toBe(40);
});
