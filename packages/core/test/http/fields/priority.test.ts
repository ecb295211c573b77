import fc from 'fast-check';
import { serializeDictionary, Token, type BareItem } from 'structured-headers';
import { describe, expect, it } from 'vitest';
import { formatPriority, parsePriority } from '../../../src/http/fields/priority.ts';
import { expectInvalid } from '../../support/invalid-option.ts';

const DEFAULTS = { urgency: 3, incremental: false };
const urgency = fc.nat(7);

describe('a priority', () => {
  it('is read as it was written', () => {
    fc.assert(
      fc.property(urgency, fc.boolean(), (u, incremental) => {
        const priority = { urgency: u, incremental };
        expect(parsePriority(formatPriority(priority))).toEqual(priority);
      }),
    );
  });

  it('is what its two parameters say, where they are of their type and in range', () => {
    const item: fc.Arbitrary<BareItem> = fc.oneof(
      fc.integer({ min: -2, max: 10 }),
      fc.boolean(),
      fc.constantFrom(0.5, 'text', new Token('u')),
    );
    const key = fc.constantFrom('u', 'i', 'x', 'u1');
    fc.assert(
      fc.property(fc.uniqueArray(fc.tuple(key, item), { selector: ([name]) => name }), (pairs) => {
        const said = new Map(pairs);
        const u = said.get('u');
        const isUrgency = Number.isInteger(u) && Number(u) >= 0 && Number(u) <= 7;
        expect(parsePriority(serializeDictionary(said as never))).toEqual({
          urgency: isUrgency ? u : 3,
          incremental: said.get('i') === true,
        });
      }),
      { numRuns: 1_000 },
    );
  });

  it.each([
    ['u=0', { urgency: 0, incremental: false }],
    ['u=7, i', { urgency: 7, incremental: true }],
    ['i', { urgency: 3, incremental: true }],
    ['i=?0,u=1', { urgency: 1, incremental: false }],
    ['u=1, u=5', { urgency: 5, incremental: false }],
    ['u=2;x=1, i;y', { urgency: 2, incremental: true }],
    ['u=-0', { urgency: 0, incremental: false }],
    ['u=8', DEFAULTS],
    ['u=-1', DEFAULTS],
    ['u="1"', DEFAULTS],
    ['u=1.5', DEFAULTS],
    ['u', DEFAULTS],
    ['u=(1)', DEFAULTS],
    ['i=1', DEFAULTS],
    ['u=1,', DEFAULTS],
    ['U=1', DEFAULTS],
    ['u=1 i', DEFAULTS],
    ['high', DEFAULTS],
    ['', DEFAULTS],
    [undefined, DEFAULTS],
    [5, DEFAULTS],
    [`u=1${' '.repeat(2_046)}`, DEFAULTS],
    [`u=1${' '.repeat(2_045)}`, { urgency: 1, incremental: false }],
  ])('%j is %j', (field, priority) => {
    expect(parsePriority(field as never)).toEqual(priority);
  });

  it('is read, or the default; reading never throws', () => {
    const letters = fc.string({
      unit: fc.constantFrom(...'ui=0123789,; \t?"\\:()@%\u0000é'.split('')),
    });
    fc.assert(
      fc.property(letters, (field) => {
        const priority = parsePriority(field);
        expect(parsePriority(formatPriority(priority))).toEqual(priority);
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('a priority to be written', () => {
  it.each([
    [{}, 'u=3'],
    [{ urgency: 0 }, 'u=0'],
    [{ incremental: true }, 'u=3, i'],
    [{ urgency: 5, incremental: false }, 'u=5'],
  ])('%j is %s', (priority, field) => {
    expect(formatPriority(priority)).toBe(field);
  });

  it.each([-1, 8, 1.5, Number.NaN])('has no urgency %d', (value) => {
    const act = () => formatPriority({ urgency: value });
    expectInvalid(act, { type: RangeError, option: 'urgency', value });
  });

  it('has its two parameters and no other', () => {
    const act = (priority: object) => () => formatPriority(priority);
    expectInvalid(act({ urgency: '1' }), { type: TypeError, option: 'urgency', value: '1' });
    expectInvalid(act({ incremental: 1 }), { type: TypeError, option: 'incremental', value: 1 });
    expectInvalid(act({ u: 1 }), { type: TypeError, option: 'formatPriority.u', value: 1 });
  });
});
