import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { QueueOrder } from '../../src/bulkhead/types.ts';
import type { Place } from '../../src/bulkhead/place.ts';
import { waitingLine } from '../../src/bulkhead/waiting-line.ts';

interface Guest extends Place<Guest> {}

const guestOf = (priority: number, arrival: number): Guest => ({
  priority,
  arrival,
  older: undefined,
  newer: undefined,
  fromFirst: -1,
  fromLast: -1,
});

/** Those who wait as they are to be served: the whole list sorted anew, by what the orders mean. */
const served = (order: QueueOrder, guests: readonly Guest[]): Guest[] =>
  guests.toSorted((one, other) => {
    if (order === 'fifo') return one.arrival - other.arrival;
    if (order === 'lifo') return other.arrival - one.arrival;
    return other.priority - one.priority || one.arrival - other.arrival;
  });

type Step = { readonly comes: number } | { readonly leaves: number } | 'first' | 'last';

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: fc.integer({ min: -2, max: 4 }).map((comes) => ({ comes })) },
  { weight: 3, arbitrary: fc.nat(1_000).map((leaves) => ({ leaves })) },
  fc.constantFrom('first' as const, 'last' as const),
);

const steps = fc.array(step, { maxLength: 150, size: 'max' });
const orders = fc.constantFrom<QueueOrder>('fifo', 'lifo', 'priority');

/** Who leaves in a step, of those who wait in this order. */
const leaver = (of: Exclude<Step, { comes: number }>, guests: readonly Guest[]): number => {
  if (of === 'first') return 0;
  return of === 'last' ? guests.length - 1 : of.leaves % guests.length;
};

describe('a waiting line', () => {
  test('has the first, the last and the rival that sorting the whole list gives', () => {
    const property = fc.property(orders, steps, (order, path) => {
      const line = waitingLine<Guest>(order);
      let guests: Guest[] = [];
      let arrivals = 0;
      for (const each of path) {
        if (typeof each === 'object' && 'comes' in each) {
          const guest = guestOf(each.comes, arrivals++);
          line.add(guest);
          guests = served(order, [...guests, guest]);
        } else if (guests.length > 0) {
          const [guest] = guests.splice(leaver(each, guests), 1);
          line.remove(guest!);
        }
        expect(line.size).toBe(guests.length);
        expect(line.first).toBe(guests.at(0));
        expect(line.last).toBe(guests.at(-1));
        for (const priority of [-3, 0, 2, 5]) {
          const newcomer = guestOf(priority, arrivals);
          const last = served(order, [...guests, newcomer]).at(-1);
          expect(line.rivalOf(priority)).toBe(last === newcomer ? undefined : last);
        }
      }
    });
    fc.assert(property, { numRuns: 300 });
  });

  test.for<QueueOrder>(['fifo', 'lifo', 'priority'])(
    'lets 30,000 leave from its middle without a look at all the others each time (%s)',
    (order) => {
      const timed = (): number => {
        const line = waitingLine<Guest>(order);
        const guests = Array.from({ length: 60_000 }, (_, arrival) =>
          guestOf(arrival % 97, arrival),
        );
        for (const guest of guests) line.add(guest);
        const begun = performance.now();
        for (const guest of guests.slice(15_000, 45_000)) line.remove(guest);
        return performance.now() - begun;
      };
      // Some 10 ms; a line that searched for its guests would take half a second and more.
      expect(Math.min(timed(), timed(), timed())).toBeLessThan(200);
    },
  );
});
