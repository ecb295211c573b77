import fc from 'fast-check';
import { expect, test } from 'vitest';
import { TimerLine } from '../../src/testing/timer-line.ts';

test('a line of timers gives what a sorted list gives, whoever is taken out of its middle', () => {
  const dues = fc.array(fc.nat(50), { minLength: 8, maxLength: 60, size: 'max' });
  fc.assert(
    fc.property(dues, fc.array(fc.nat(59), { maxLength: 40, size: 'max' }), (times, leavers) => {
      const line = new TimerLine();
      const timers = times.map((due) => line.add(() => undefined, due));
      for (const leaver of leavers) {
        const timer = timers[leaver];
        if (timer !== undefined) line.remove(timer);
      }
      const left = timers.filter((_, index) => !leavers.includes(index));
      const drained = [];
      for (let next = line.first; next !== undefined; next = line.first) {
        expect(line.length).toBe(left.length - drained.length);
        line.remove(next);
        drained.push(next);
      }
      // A stable sort: those due together stay in the order they were set.
      expect(drained).toEqual(left.toSorted((a, b) => a.due - b.due));
    }),
  );
});
