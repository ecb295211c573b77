import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { adopt, merged } from '../../../src/stateless/session/merge.ts';

const NAMES = ['a', 'b', 'c', 'd', 'toString', '1'];
const value = fc.oneof(fc.integer({ min: 0, max: 2 }), fc.constant({ x: 1 }), fc.constant([1]));
const object = fc.dictionary(fc.constantFrom(...NAMES), value);

const same = (one: unknown, other: unknown): boolean =>
  JSON.stringify(one) === JSON.stringify(other);

/** From the description alone, one name at a time. */
const partOf = (base: unknown, mine: unknown, theirs: unknown) => {
  const iChanged = !same(base, mine);
  const theyChanged = !same(base, theirs);
  return {
    value: iChanged ? mine : theirs,
    conflict: iChanged && theyChanged && !same(mine, theirs),
  };
};

describe('two changes of one object', () => {
  test('become one, name by name, and what both changed is mine and counted', () => {
    fc.assert(
      fc.property(object, object, object, (base, mine, theirs) => {
        const change = { base: JSON.stringify(base), mine: JSON.stringify(mine) };
        const { data, parts } = merged(change, JSON.stringify(theirs));
        const model = NAMES.map((name) =>
          partOf(own(base, name), own(mine, name), own(theirs, name)),
        );
        for (const [index, name] of NAMES.entries())
          expect(own(data, name)).toEqual(model[index]?.value);
        expect(Object.keys(data).every((name) => NAMES.includes(name))).toBe(true);
        expect(parts).toBe(model.filter(({ conflict }) => conflict).length);
      }),
      { numRuns: 2_000 },
    );
  });

  test('of different names are the same in either order, and nothing is lost', () => {
    fc.assert(
      fc.property(object, fc.integer(), fc.integer(), (base, x, y) => {
        const text = JSON.stringify(base);
        const [one, other] = [
          { ...base, x },
          { ...base, y },
        ].map((each) => JSON.stringify(each));
        const first = merged({ base: text, mine: one ?? '' }, other ?? '');
        const second = merged({ base: text, mine: other ?? '' }, one ?? '');
        expect({ ...first.data }).toEqual({ ...base, x, y });
        expect({ ...second.data }).toEqual({ ...base, x, y });
        expect(first.parts + second.parts).toBe(0);
      }),
    );
  });
});

describe('what was stored', () => {
  test('is taken over but for what was changed since', () => {
    fc.assert(
      fc.property(object, object, object, (base, now, stored) => {
        const data = Object.assign(Object.create(null), now);
        adopt(data, JSON.stringify(base), JSON.stringify(stored));
        for (const name of NAMES) {
          const untouched = same(own(base, name), own(now, name));
          expect(own(data, name)).toEqual(own(untouched ? stored : now, name));
        }
      }),
      { numRuns: 2_000 },
    );
  });
});

const own = (data: object, name: string): unknown =>
  Object.hasOwn(data, name) ? Reflect.get(data, name) : undefined;
