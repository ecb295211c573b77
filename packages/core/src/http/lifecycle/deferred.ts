import { HoldfastError } from '../../errors.ts';
import {
  assertFunction,
  assertOptions,
  given,
  nameOf,
  numberIn,
  outOfRange,
  wrongType,
} from '../../options/validate.ts';
import { CircleError, teardownOrder, type Ordered } from './teardown-order.ts';
import { runTeardown, type TeardownBounds, type Work } from './teardown-run.ts';
import type { DeferOptions, TeardownResult } from './types.ts';

interface DeferredWork extends Ordered, Work {}

const workOf = (
  name: string,
  run: (signal: AbortSignal) => unknown,
  options: DeferOptions,
): DeferredWork => {
  assertOptions('defer', options, ['after', 'timeoutMs']);
  if (run === undefined) throw wrongType('work', run, 'a function');
  assertFunction('work', run);
  const after: unknown = given(options.after, []);
  if (!Array.isArray(after)) throw wrongType('after', after, 'an array of names');
  const { timeoutMs } = options;
  return {
    name: nameOf('name', name),
    run,
    after: after.map((each) => nameOf('after', each)),
    timeoutMs: timeoutMs === undefined ? undefined : numberIn('timeoutMs', timeoutMs, { above: 0 }),
  };
};

/** The work that a drain does when its servers are closed. */
export class Deferred {
  readonly #owner: string;
  #works: readonly DeferredWork[] = [];
  #over = false;

  /** `owner` is the name of the drain. */
  constructor(owner: string) {
    this.#owner = owner;
  }

  /** In the order in which the work will be run. */
  get names(): readonly string[] {
    return teardownOrder(this.#works).map(({ name }) => name);
  }

  get isEmpty(): boolean {
    return this.#works.length === 0;
  }

  add(name: string, run: (signal: AbortSignal) => unknown, options: DeferOptions): Disposable {
    const work = workOf(name, run, options);
    if (this.#over) throw new HoldfastError({ code: 'HF_DISPOSED', policy: this.#owner });
    this.#assertNames(work);
    this.#works = [...this.#works, work];
    return {
      [Symbol.dispose]: () => {
        this.#works = this.#works.filter((each) => each !== work);
      },
    };
  }

  /** Runs all there is; nothing can be added any more. */
  run(bounds: TeardownBounds): Promise<readonly TeardownResult[]> {
    this.#over = true;
    return runTeardown(teardownOrder(this.#works), bounds);
  }

  [Symbol.dispose](): void {
    this.#over = true;
    this.#works = [];
  }

  #assertNames(work: DeferredWork): void {
    const names = new Set(this.#works.map(({ name }) => name));
    if (names.has(work.name))
      throw outOfRange('name', work.name, 'a name that no other deferred work has');
    const unknown = work.after.find((name) => name !== work.name && !names.has(name));
    if (unknown !== undefined)
      throw outOfRange('after', unknown, 'names of work that was deferred before');
    try {
      teardownOrder([...this.#works, work]);
    } catch (error) {
      if (!(error instanceof CircleError)) throw error;
      throw outOfRange('after', error.message, 'names that do not lead back to the work itself');
    }
  }
}
