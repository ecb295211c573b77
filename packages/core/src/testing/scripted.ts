import type { CallContext } from '../call.ts';
import { clockOf } from '../options/time-and-chance.ts';
import { assertOptions, wrongType } from '../options/validate.ts';
import type { Clock } from '../runtime/clock.ts';
import { Script, type Step } from './script.ts';
import { play, RecordedCall, type ScriptedCall } from './scripted-call.ts';

/** Options of `scripted`. */
export interface ScriptedOptions {
  /** Whose time it keeps and whose timers make its delays. Default: the system's. */
  readonly clock?: Clock | undefined;
}

/** A dependency that does what a script says. Call it, or hand it to `execute`, as any call. */
export interface ScriptedDependency<T> {
  (context?: CallContext): Promise<T>;
  /** Every call so far, as it stands now, oldest first. */
  readonly calls: readonly ScriptedCall[];
  /** Calls that have not ended, hangs included. */
  readonly inFlight: number;
}

/** Gives the steps in order, and the last one again and again. */
class Steps<T> {
  readonly #steps: IterableIterator<Step<T>>;
  #last: Step<T>;

  constructor(script: Script<T>) {
    const [first] = script;
    if (first === undefined) throw new RangeError('the script has no step to follow');
    this.#steps = script[Symbol.iterator]();
    this.#last = first;
  }

  next(): Step<T> {
    const { value, done } = this.#steps.next();
    if (done !== true) this.#last = value;
    return this.#last;
  }
}

/**
 * A dependency that follows a script, one step a call, and records its calls. When the script is
 * over its last step is repeated: `fails(3).then(succeeds())` succeeds ever after. Delays are
 * timers of `clock`; nothing else makes any. Throws `TypeError` or `RangeError` for what is no script,
 * a script without a step, or a wrong option.
 */
export const scripted = <T>(
  script: Script<T>,
  options: ScriptedOptions = {},
): ScriptedDependency<T> => {
  if (!(script instanceof Script)) throw wrongType('script', script, 'a script, such as fails()');
  assertOptions('scripted', options, ['clock']);
  const clock = clockOf(options.clock);
  const steps = new Steps(script);
  const records: RecordedCall[] = [];
  let inFlight = 0;
  const dependency = (context?: CallContext): Promise<T> => {
    const record = new RecordedCall(records.length + 1, clock.now(), context);
    records.push(record);
    inFlight++;
    return play(steps.next(), record, clock, () => inFlight--);
  };
  // The compiler does not follow properties that are defined with getters.
  return Object.defineProperties(dependency, {
    calls: { get: () => records.map((record) => record.view()) },
    inFlight: { get: () => inFlight },
  }) as ScriptedDependency<T>;
};
