import type { Call, RunOptions } from '../call.ts';
import { remainingMs } from '../runtime/remaining.ts';
import { LateCalls } from './late-calls.ts';
import { LinkedSignal } from './linked-signal.ts';
import { PassRepetition } from './repetition.ts';
import { start, whenSettled } from './start.ts';
import type { Stack } from './stack.ts';
import { isRefused, unsent, type Again, type CallRecord, type Ending } from './stage.ts';

/** Where a pass stands that repeats a part of another one. */
interface Inside {
  readonly run: Run;
  readonly outermost: Run;
  /** What repeats it. */
  readonly repetition: PassRepetition;
  /** Index of its first stage. */
  readonly from: number;
}

/**
 * One pass of one call through the stages of a stack: inwards stage by stage, the call, and
 * outwards again. The whole pass has one promise; a repetition is a pass of its own inside.
 */
export class Run implements CallRecord {
  readonly options: RunOptions | undefined;
  attempt = 1;
  deadline: number | undefined;
  late: LateCalls | undefined = undefined;
  readonly result: Promise<unknown>;
  readonly #stack: Stack;
  readonly #call: Call<unknown>;
  #inside: Inside | undefined = undefined;
  readonly #tickets: unknown[];
  #resolve: ((value: unknown) => void) | undefined = undefined;
  #reject: ((error: unknown) => void) | undefined = undefined;
  /** The innermost stage that was entered and not left. */
  #level = -1;
  /** Counts interruptions: what was started before one is not heard after it. */
  #turn = 0;
  #state: 'unsent' | 'running' | 'ended' = 'unsent';
  #finished = false;
  /** Further attempts of the whole call so far, where this is its outermost pass. */
  #furtherAttempts = 0;
  #repetition: PassRepetition | undefined = undefined;
  #linked: LinkedSignal | undefined = undefined;
  /** To be told when this pass's own call ends, once it was given up while it ran. */
  #endLate: ((ending: Ending) => void) | undefined = undefined;

  constructor(stack: Stack, call: Call<unknown>, options: RunOptions | undefined) {
    this.options = options;
    this.deadline = options?.deadline;
    this.#stack = stack;
    this.#call = call;
    // As long as it will ever be: an array that grows takes room for sixteen.
    // oxlint-disable-next-line unicorn/no-new-array -- a length is meant
    this.#tickets = new Array<unknown>(stack.stages.length);
    this.result = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  get signal(): AbortSignal {
    return this.#linkedSignal().signal;
  }

  get key(): string | undefined {
    return this.options?.key;
  }

  get priority(): number {
    return this.options?.priority ?? 0;
  }

  /** A call that was given up has nothing left. */
  remainingMs(): number {
    return this.#turn > 0 ? 0 : remainingMs(this.deadline, this.#stack.clock);
  }

  /** Begins at the outermost stage; `attempt` is the number that a stack outside gave it. */
  begin(attempt: number): Promise<unknown> {
    this.attempt = attempt;
    this.#enter(0);
    return this.result;
  }

  /** Takes over a call that went through the one stage of its stack without a record, and ended. */
  takeOver(ending: Ending): Promise<unknown> {
    this.#state = 'ended';
    this.#level = 0;
    this.#leave(ending);
    return this.result;
  }

  interrupt(stage: number, error: unknown): void {
    if (stage <= this.#level) this.#leave(this.#abandon(stage, error));
  }

  /** Ends everything inside `stage`: the call is told by its signal, the stages inside are left. */
  #abandon(stage: number, error: unknown): Ending {
    this.#turn++;
    if (this.#state === 'running') this.#endLate ??= this.#lateOnes().begin();
    this.#linkedSignal().abort(error);
    this.#repetition?.abandon(error);
    this.#repetition = undefined;
    const ending = this.#failure(error);
    for (let index = this.#level; index > stage; index--) {
      this.#level = index - 1;
      this.#stack.stages[index]?.leave(this.#tickets[index], ending, this);
    }
    return ending;
  }

  /** How a stage outside hears of an error: not of what was never sent. */
  #failure(error: unknown, isOwn = false): Ending {
    if (isOwn) this.#markSent('ended');
    return this.#state === 'unsent' ? unsent(error) : { ok: false, error };
  }

  #enter(first: number, { stages } = this.#stack): void {
    for (let index = first; index < stages.length; index++) {
      const entry = stages[index]?.enter(this, index);
      if (typeof entry === 'object' && entry !== null && this.#isHeld(index, entry)) return;
      this.#tickets[index] = entry;
      this.#level = index;
    }
    this.#invoke();
  }

  /** Whether a stage has the call wait, or has turned it away. */
  #isHeld(index: number, entry: object): boolean {
    if (entry instanceof Promise) this.#waitToEnter(index, entry);
    else if (isRefused(entry)) this.#leave(unsent(entry.rejection));
    else return false;
    return true;
  }

  #waitToEnter(index: number, waiting: Promise<unknown>): void {
    const turn = this.#turn;
    void whenSettled(
      waiting,
      (entry) => this.#enterAfterWait(index, entry, turn === this.#turn),
      (error) => turn === this.#turn && this.#leave(unsent(error)),
    );
  }

  #enterAfterWait(index: number, entry: unknown, wanted: boolean): void {
    const signal = this.#outerSignal();
    if (isRefused(entry)) {
      if (wanted) this.#leave(unsent(entry.rejection));
    } else if (!wanted || signal?.aborted === true) {
      // The stage let the call in when nobody wanted it any more.
      this.#stack.stages[index]?.leave(entry, unsent(undefined), this);
      if (wanted) this.#leave(unsent(signal?.reason));
    } else {
      this.#tickets[index] = entry;
      this.#level = index;
      this.#enter(index + 1);
    }
  }

  #invoke(): void {
    this.#markSent('running');
    void whenSettled(
      start(this.#call, this),
      (value) => this.#ended({ ok: true, value }),
      (error) => this.#ended({ ok: false, error }),
    );
  }

  /** The call is sent, by this pass or by one inside it. */
  #markSent(state: 'running' | 'ended'): void {
    if (this.#state === 'unsent') this.#state = state;
    if (this.#inside !== undefined) this.#inside.run.#markSent('ended');
  }

  #ended(ending: Ending): void {
    this.#state = 'ended';
    if (this.#turn === 0) this.#leave(ending);
    else this.#endLate?.(ending);
  }

  #lateOnes(): LateCalls {
    this.late ??= new LateCalls(this.#inside && this.#inside.run.#lateOnes());
    return this.late;
  }

  #linkedSignal(): LinkedSignal {
    const linked = (this.#linked ??= new LinkedSignal(() => this.#outerSignal()));
    if (this.#finished) linked.unlink();
    return linked;
  }

  #outerSignal(): AbortSignal | undefined {
    return this.#inside?.repetition.signal ?? this.options?.signal;
  }

  /** Leaves stage by stage outwards, until one wants its inside again. */
  #leave(ending: Ending): void {
    const from = this.#inside?.from ?? 0;
    for (let index = this.#level; index >= from; index--) {
      this.#level = index - 1;
      const again = this.#stack.stages[index]?.leave(this.#tickets[index], ending, this);
      if (again !== undefined) return this.#repeat(index, again, ending);
    }
    this.#finish(ending);
  }

  #repeat(index: number, again: Again, before: Ending): void {
    const repetition: PassRepetition = new PassRepetition(this, before, {
      clock: this.#stack.clock,
      signal: () => this.#outerSignal(),
      from: index + 1,
      begin: () => this.#another(index + 1, repetition),
    });
    this.#repetition = repetition;
    const end = (ending: Ending): void => {
      if (repetition !== this.#repetition) return;
      repetition.end();
      this.#leave(ending);
    };
    void whenSettled(
      start(again, repetition),
      (value) => end({ ok: true, value }),
      (error) => end(this.#failure(error, repetition.hasOwn(error))),
    );
  }

  /** A further pass through the stages from `from` on. */
  #another(from: number, repetition: PassRepetition): Run {
    const run = new Run(this.#stack, this.#call, this.options);
    const outermost = this.#inside?.outermost ?? this;
    run.#inside = { outermost, run: this, repetition, from };
    run.#level = from - 1;
    // Counted in one place, so that no two attempts of one call share a number.
    run.attempt = outermost.attempt + ++outermost.#furtherAttempts;
    run.deadline = this.deadline;
    run.#enter(from);
    return run;
  }

  #finish(ending: Ending): void {
    this.#finished = true;
    this.#linked?.unlink();
    if (ending.ok) this.#resolve?.(ending.value);
    else this.#reject?.(ending.error);
  }
}
