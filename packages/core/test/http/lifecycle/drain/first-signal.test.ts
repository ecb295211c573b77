import fc from 'fast-check';
import { afterEach, expect, test, vi } from 'vitest';
import { FirstSignal } from '../../../../src/http/lifecycle/first-signal.ts';

afterEach(() => vi.useRealTimers());

test('a signal is a second one from 250 ms after the first on', () => {
  vi.useFakeTimers({ toFake: ['performance'] });
  const pauses = fc.oneof(fc.nat(20), fc.constantFrom(0, 249, 250, 251), fc.nat(1_000));
  fc.assert(
    fc.property(fc.array(pauses), (sinceBefore) => {
      const signal = new FirstSignal();
      expect(signal.tell()).toBe('first');
      let sinceFirst = 0;
      for (const pause of sinceBefore) {
        vi.advanceTimersByTime(pause);
        sinceFirst += pause;
        expect(signal.tell()).toBe(sinceFirst < 250 ? 'again' : 'second');
      }
    }),
  );
});
