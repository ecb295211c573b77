import { numberIn, wrongType } from '../options/validate.ts';

/** How one call of a script ends. */
export type ScriptedEnding<T> =
  | { readonly kind: 'succeeds'; readonly value: T }
  | { readonly kind: 'fails'; readonly error: unknown }
  | { readonly kind: 'hangs' };

/** What a script has one call do. */
export interface Step<T> {
  readonly ending: ScriptedEnding<T>;
  readonly afterMs: number;
  /** Whether an abort of the call's signal ends it. */
  readonly abortable: boolean;
}

/** Steps, or one of them, so many times over. */
interface Part<T> {
  readonly of: Step<T> | readonly Part<T>[];
  readonly times: number;
}

const isStep = <T>(of: Part<T>['of']): of is Step<T> => 'ending' in of;

const isEmpty = <T>({ of, times }: Part<T>): boolean =>
  times === 0 || (!isStep(of) && of.every(isEmpty));

const isEndless = ({ times }: Part<unknown>): boolean => times === Infinity;

function* stepsOf<T>(parts: readonly Part<T>[]): Generator<Step<T>, void> {
  for (const { of, times } of parts) {
    for (let time = 0; time < times; time++) {
      if (isStep(of)) yield of;
      else yield* stepsOf(of);
    }
  }
}

const changed = <T>(
  parts: readonly Part<T>[],
  change: (step: Step<T>) => Step<T>,
): readonly Part<T>[] =>
  parts.map(({ of, times }) => ({ of: isStep(of) ? change(of) : changed(of, change), times }));

/**
 * What a dependency does at each call, in order; never changed, so it may be used twice. Made by
 * `succeeds`, `answers`, `fails` and `hangs`, and iterable, step by step.
 */
export class Script<T> implements Iterable<Step<T>> {
  readonly #parts: readonly Part<T>[];

  constructor(parts: readonly Part<T>[]) {
    this.#parts = parts.filter((part) => !isEmpty(part));
  }

  /**
   * These steps, then those of `next`. Throws `RangeError` after an endless script, and `TypeError`
   * where there is no script: a script is no promise, and so an `await` of one rejects.
   */
  // oxlint-disable-next-line unicorn/no-thenable -- it reads as a sentence, and an await of it is told so
  then<U>(next: Script<U>): Script<T | U> {
    if (typeof next === 'function') {
      throw new TypeError('a script is no promise to wait for: give it to scripted()');
    }
    if (!(next instanceof Script)) throw wrongType('then', next, 'a script, such as succeeds()');
    this.#assertEnds();
    return new Script<T | U>([...this.#parts, ...next.#parts]);
  }

  /** These steps `times` times over. Throws `RangeError` for an endless script. */
  times(times: number): Script<T> {
    this.#assertEnds();
    return new Script([
      { of: this.#parts, times: numberIn('times', times, { min: 0, whole: true }) },
    ]);
  }

  /** These steps over and over. Throws `RangeError` for an endless script and one without a step. */
  forever(): Script<T> {
    this.#assertEnds();
    if (this.#parts.length === 0)
      throw new RangeError('a script without a step cannot go on forever');
    return new Script([{ of: this.#parts, times: Infinity }]);
  }

  /** Each of these steps ends `ms` milliseconds later than it would; a hang stays one. */
  after(ms: number): Script<T> {
    numberIn('after', ms, { min: 0 });
    return new Script(
      changed(this.#parts, (step) => ({
        ...step,
        afterMs: numberIn('after', step.afterMs + ms, {}),
      })),
    );
  }

  /**
   * Each of these steps heeds its signal: when it aborts, the call rejects at once with the reason.
   * Without this a step ignores it, as the worst of dependencies do.
   */
  abortable(): Script<T> {
    return new Script(changed(this.#parts, (step) => ({ ...step, abortable: true })));
  }

  /** The steps in order; without end where the script is endless. */
  [Symbol.iterator](): IterableIterator<Step<T>> {
    return stepsOf(this.#parts);
  }

  #assertEnds(): void {
    if (this.#parts.some(isEndless))
      throw new RangeError('the script goes on forever: nothing can follow it');
  }
}

const steps = <T>(ending: ScriptedEnding<T>, times = 1): Script<T> => {
  numberIn('times', times, { min: 0, whole: true });
  return new Script([{ of: { ending, afterMs: 0, abortable: false }, times }]);
};

/** A call that gives `value`; nothing by default. */
export function succeeds(): Script<undefined>;
export function succeeds<T>(value: T): Script<T>;
export function succeeds(value?: unknown): Script<unknown> {
  return steps({ kind: 'succeeds', value });
}

/** A call for each of `values`, which it gives. */
export const answers = <Values extends readonly unknown[]>(
  ...values: Values
): Script<Values[number]> =>
  new Script(
    values.map((value) => ({
      of: { ending: { kind: 'succeeds', value }, afterMs: 0, abortable: false },
      times: 1,
    })),
  );

/**
 * `times` calls that reject with `error`, by default an `Error` of its own for each call that names
 * the call's number. Throws `TypeError` or `RangeError` unless `times` is a whole number from 0.
 */
export const fails = (times?: number, error?: unknown): Script<never> =>
  steps<never>({ kind: 'fails', error }, times);

/**
 * `times` calls that never settle and ignore their signal; `hangs().abortable()` settles when its
 * signal aborts. Throws `TypeError` or `RangeError` unless `times` is a whole number from 0.
 */
export const hangs = (times?: number): Script<never> => steps<never>({ kind: 'hangs' }, times);
