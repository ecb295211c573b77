import fc from 'fast-check';
import { afterEach, expect, test, vi } from 'vitest';
import { distinctSignals } from '../../../../src/http/lifecycle/distinct-signals.ts';

afterEach(() => vi.useRealTimers());

test('a signal is heard unless another was heard less than 250 ms before', () => {
  vi.useFakeTimers({ toFake: ['performance'] });
  const pauses = fc.oneof(fc.nat(20), fc.constantFrom(0, 249, 250, 251), fc.nat(1_000));
  const signals = fc.constantFrom<NodeJS.Signals>('SIGTERM', 'SIGINT');
  fc.assert(
    fc.property(fc.array(fc.tuple(pauses, signals), { maxLength: 20 }), (steps) => {
      const heard: NodeJS.Signals[] = [];
      const listener = distinctSignals((signal) => heard.push(signal));
      const expected: NodeJS.Signals[] = [];
      let left = 0;
      for (const [pause, signal] of steps) {
        vi.advanceTimersByTime(pause);
        listener(signal);
        left -= pause;
        if (left > 0) continue;
        expected.push(signal);
        left = 250;
      }
      expect(heard).toStrictEqual(expected);
    }),
  );
});
