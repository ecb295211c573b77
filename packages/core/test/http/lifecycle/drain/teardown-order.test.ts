import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  CircleError,
  teardownOrder,
  type Ordered,
} from '../../../../src/http/lifecycle/teardown-order.ts';

/** Up to six pieces of work, each of which may name any of eight: others, itself, or nobody's. */
const works = fc
  .array(fc.uniqueArray(fc.nat(7), { maxLength: 3 }), { maxLength: 6 })
  .map((afters) =>
    afters.map((after, index): Ordered => ({
      name: `${index}`,
      after: after.map((each) => `${each}`),
    })),
  );

/** All orders there are, those that begin with newer work first. */
const ordersOf = (from: readonly Ordered[]): readonly (readonly Ordered[])[] => {
  if (from.length === 0) return [[]];
  return from
    .toReversed()
    .flatMap((first) =>
      ordersOf(from.filter((each) => each !== first)).map((rest) => [first, ...rest]),
    );
};

/** Whether everything that a piece of work names, and that is there, comes before it. */
const isAllowed = (order: readonly Ordered[]): boolean =>
  order.every(({ after }, at) => !order.slice(at).some(({ name }) => after.includes(name)));

const orderOf = (list: readonly Ordered[]): readonly Ordered[] | undefined => {
  try {
    return teardownOrder(list);
  } catch (error) {
    expect(error).toBeInstanceOf(CircleError);
    return undefined;
  }
};

const circleOf = (list: readonly Ordered[]): readonly string[] | undefined => {
  try {
    teardownOrder(list);
    return undefined;
  } catch (error) {
    return (error as CircleError).names;
  }
};

/** Comes back to where it began, once, and only over names that wait for the next. */
const isSound = (circle: readonly string[] | undefined, list: readonly Ordered[]): boolean => {
  if (circle === undefined) return true;
  const [first, ...rest] = circle;
  const waits = (name: string, next: string | undefined): boolean =>
    list.find((each) => each.name === name)?.after.includes(next ?? '') === true;
  return (
    rest.at(-1) === first &&
    new Set(rest).size === rest.length &&
    rest.every((next, at) => waits(circle[at] ?? '', next))
  );
};

describe('the order of teardown', () => {
  test('is, of all orders that are allowed, the one with the newest first', () => {
    fc.assert(
      fc.property(works, (list) => {
        const allowed = ordersOf(list).find((order) => isAllowed(order));
        expect(orderOf(list)).toEqual(allowed);
      }),
      { numRuns: 500 },
    );
  });

  test('names a circle, each name with the one it waits for', () => {
    fc.assert(
      fc.property(works, (list) => isSound(circleOf(list), list)),
      { numRuns: 500 },
    );
  });

  test('is the reverse of how things were set up where nothing else is said', () => {
    const list = ['config', 'database', 'queue'].map((name) => ({ name, after: [] }));
    expect(teardownOrder(list).map(({ name }) => name)).toEqual(['queue', 'database', 'config']);
  });

  test('leaves what has to be last to the end', () => {
    const list = [
      { name: 'telemetry', after: [] },
      { name: 'database', after: [] },
      { name: 'logs', after: ['database', 'telemetry'] },
    ];
    expect(teardownOrder(list).map(({ name }) => name)).toEqual(['database', 'telemetry', 'logs']);
  });
});
