import fc from 'fast-check';
import { describe, expect, expectTypeOf, test } from 'vitest';
import {
  answers,
  fails,
  hangs,
  scripted,
  succeeds,
  type Script,
  type ScriptedDependency,
  type Step,
} from '../../src/testing/index.ts';
import { expectInvalid } from '../support/invalid-option.ts';
import { endingOf, scriptOf, stepsOf, treeOf, trees } from './model/script-model.ts';

const boom = new Error('boom');

/** The first steps of a script, which may be endless. */
const first = <T>(script: Script<T>, count: number): Step<T>[] => {
  const steps: Step<T>[] = [];
  for (const step of script) {
    if (steps.length === count) break;
    steps.push(step);
  }
  return steps;
};

describe('a script', () => {
  test('is the list of steps that one writes down by hand', () => {
    fc.assert(
      fc.property(trees, (tree) => {
        expect([...scriptOf(tree)]).toEqual(stepsOf(tree));
      }),
    );
  });

  test('that goes on forever begins again at its first step, after what stands before it', () => {
    fc.assert(
      fc.property(treeOf({ min: 1 }), trees, (cycle, before) => {
        const script = scriptOf(before).then(scriptOf(cycle).forever());
        const round = stepsOf(cycle);
        const expected = [...stepsOf(before), ...round, ...round, ...round];
        expect(first(script, expected.length)).toEqual(expected);
      }),
    );
  });

  test('is never changed by what is made of it', () => {
    const script = fails(2);
    script.then(succeeds()).after(10).times(3).abortable();
    expect([...script].map(endingOf)).toEqual(['fails', 'fails']);
    expect([...script].map(({ afterMs, abortable }) => [afterMs, abortable])).toEqual([
      [0, false],
      [0, false],
    ]);
  });

  test('of a million failures takes no room', () => {
    const [failure] = fails(Number.MAX_SAFE_INTEGER).then(succeeds());
    expect(failure?.ending.kind).toBe('fails');
  });

  test('knows the types of its values', () => {
    expectTypeOf(fails(3)).toEqualTypeOf<Script<never>>();
    expectTypeOf(hangs()).toEqualTypeOf<Script<never>>();
    expectTypeOf(succeeds()).toEqualTypeOf<Script<undefined>>();
    expectTypeOf(fails().then(succeeds('paid'))).toEqualTypeOf<Script<string>>();
    expectTypeOf(answers('paid', 1).after(10)).toEqualTypeOf<Script<string | number>>();
    const dependency = scripted(
      hangs()
        .abortable()
        .then(succeeds({ id: 1 }))
        .times(2),
    );
    expectTypeOf(dependency).toEqualTypeOf<ScriptedDependency<{ id: number }>>();
    expectTypeOf(dependency()).toEqualTypeOf<Promise<{ id: number }>>();
  });
});

describe('a script that is taken for a promise', () => {
  const notice = /^a script is no promise/;
  /** As a mistaken test would: the compiler has been told to look away. */
  const mistaken = (script: Script<unknown>): PromiseLike<unknown> => script as never;

  test.for([
    { what: 'awaited', wait: async () => await mistaken(fails()) },
    { what: 'given to Promise.resolve', wait: () => Promise.resolve(mistaken(fails())) },
    { what: 'one of Promise.all', wait: () => Promise.all([mistaken(fails()), mistaken(hangs())]) },
    { what: 'returned by an async function', wait: async () => mistaken(fails()) },
    { what: 'returned by a reaction', wait: () => Promise.resolve().then(() => mistaken(fails())) },
    { what: 'what a script succeeds with', wait: () => scripted(succeeds(fails()))() },
  ])('$what rejects and does not hang', async ({ wait }) => {
    await expect(wait()).rejects.toThrow(TypeError);
    await expect(wait()).rejects.toThrow(notice);
  });

  test('throws at a reaction that is written on it', () => {
    expect(() => mistaken(fails()).then(() => 1)).toThrow(notice);
  });
});

describe('a script that makes no sense is refused', () => {
  const endless = hangs().forever();
  const nothing = /goes on forever: nothing can follow/;

  test('with something after an endless one', () => {
    expect(() => endless.then(succeeds())).toThrow(nothing);
    expect(() => endless.times(2)).toThrow(nothing);
    expect(() => fails().then(endless).forever()).toThrow(nothing);
    expect(() => endless.then(succeeds())).toThrow(RangeError);
  });

  test('without a step, where one is needed', () => {
    for (const none of [answers(), fails(0), succeeds().times(0), fails(0).times(2)]) {
      expect(() => none.forever()).toThrow('a script without a step cannot go on forever');
    }
    expect(() => scripted(fails(0))).toThrow('the script has no step to follow');
    expect(() => scripted(succeeds().times(0).then(answers()))).toThrow(RangeError);
  });

  test.for([
    { act: () => fails(-1), option: 'times', value: -1, type: RangeError },
    { act: () => fails(1.5), option: 'times', value: 1.5, type: RangeError },
    { act: () => fails(boom as never), option: 'times', value: boom, type: TypeError },
    { act: () => hangs(Number.NaN), option: 'times', value: Number.NaN, type: RangeError },
    { act: () => succeeds().times(Infinity), option: 'times', value: Infinity, type: RangeError },
    { act: () => succeeds().after(-1), option: 'after', value: -1, type: RangeError },
    { act: () => succeeds().after('1' as never), option: 'after', value: '1', type: TypeError },
    { act: () => fails().then('paid' as never), option: 'then', value: 'paid', type: TypeError },
    {
      act: () => scripted((() => 1) as never),
      option: 'script',
      value: () => 1,
      type: TypeError,
    },
    {
      act: () => scripted(fails(), { clock: null as never }),
      option: 'clock',
      value: null,
      type: TypeError,
    },
    {
      act: () => scripted(fails(), { delayMs: 3 } as never),
      option: 'scripted.delayMs',
      value: 3,
      type: TypeError,
    },
  ])('with $option = $value', ({ act, ...complaint }) => {
    expectInvalid(act, complaint);
  });
});
