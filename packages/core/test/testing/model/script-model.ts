import fc from 'fast-check';
import {
  answers,
  fails,
  hangs,
  succeeds,
  type Script,
  type ScriptedEnding,
  type Step,
} from '../../../src/testing/index.ts';

/** A script as an expression, so that it can be built and be written down. */
export type Tree =
  | { readonly of: 'succeeds'; readonly value: number }
  | { readonly of: 'answers'; readonly values: readonly number[] }
  | { readonly of: 'fails' | 'hangs'; readonly times: number }
  | { readonly of: 'then'; readonly left: Tree; readonly right: Tree }
  | { readonly of: 'times'; readonly inner: Tree; readonly times: number }
  | { readonly of: 'after'; readonly inner: Tree; readonly ms: number }
  | { readonly of: 'abortable'; readonly inner: Tree };

/** Expressions; with `min: 1` only such as have a step. */
export const treeOf = ({ min }: { readonly min: 0 | 1 }): fc.Arbitrary<Tree> => {
  const times = fc.integer({ min, max: 3 });
  return fc.letrec<{ tree: Tree }>((tie) => ({
    tree: fc.oneof(
      { depthSize: 'small' },
      fc.record({ of: fc.constant('succeeds' as const), value: fc.integer() }),
      fc.record({
        of: fc.constant('answers' as const),
        values: fc.array(fc.integer(), { minLength: min, maxLength: 3 }),
      }),
      fc.record({ of: fc.constantFrom('fails' as const, 'hangs' as const), times }),
      fc.record({ of: fc.constant('then' as const), left: tie('tree'), right: tie('tree') }),
      fc.record({ of: fc.constant('times' as const), inner: tie('tree'), times }),
      fc.record({ of: fc.constant('after' as const), inner: tie('tree'), ms: fc.nat(40) }),
      fc.record({ of: fc.constant('abortable' as const), inner: tie('tree') }),
    ),
  })).tree;
};

export const trees: fc.Arbitrary<Tree> = treeOf({ min: 0 });

/** The expression in the words of the kit. */
export const scriptOf = (tree: Tree): Script<number> => {
  switch (tree.of) {
    case 'succeeds':
      return succeeds(tree.value);
    case 'answers':
      return answers(...tree.values);
    case 'fails':
      return fails(tree.times);
    case 'hangs':
      return hangs(tree.times);
    case 'then':
      return scriptOf(tree.left).then(scriptOf(tree.right));
    case 'times':
      return scriptOf(tree.inner).times(tree.times);
    case 'after':
      return scriptOf(tree.inner).after(tree.ms);
    case 'abortable':
      return scriptOf(tree.inner).abortable();
  }
};

const plain = <T>(ending: ScriptedEnding<T>): Step<T> => ({
  ending,
  afterMs: 0,
  abortable: false,
});

const repeated = <T>(list: readonly T[], times: number): T[] =>
  Array.from({ length: times }, () => list).flat();

/** The same as a list, without the kit. */
export const stepsOf = (tree: Tree): Step<number>[] => {
  switch (tree.of) {
    case 'succeeds':
      return [plain({ kind: 'succeeds', value: tree.value })];
    case 'answers':
      return tree.values.map((value) => plain({ kind: 'succeeds', value }));
    case 'fails':
      return repeated([plain<number>({ kind: 'fails', error: undefined })], tree.times);
    case 'hangs':
      return repeated([plain<number>({ kind: 'hangs' })], tree.times);
    case 'then':
      return [...stepsOf(tree.left), ...stepsOf(tree.right)];
    case 'times':
      return repeated(stepsOf(tree.inner), tree.times);
    case 'after':
      return stepsOf(tree.inner).map((step) => ({ ...step, afterMs: step.afterMs + tree.ms }));
    case 'abortable':
      return stepsOf(tree.inner).map((step) => ({ ...step, abortable: true }));
  }
};

export const endingOf = ({ ending }: Step<unknown>): string => ending.kind;
