import { vi } from 'vitest';

/** Runs with clocks that stand still, and go on as `pass` is called; timers stay those of the process. */
export const withPassingTime = async (
  run: (pass: (ms: number) => void) => Promise<void>,
): Promise<void> => {
  vi.useFakeTimers({ toFake: ['Date', 'performance'] });
  try {
    await run((ms) => void vi.advanceTimersByTime(ms));
  } finally {
    vi.useRealTimers();
  }
};
