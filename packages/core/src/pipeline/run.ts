import type { Call, RunOptions } from '../call.ts';
import { SingleCallContext } from '../context.ts';
import type { HoldfastError } from '../errors.ts';
import { LinkedSignal } from './linked-signal.ts';
import { start } from './start.ts';
import type { Stack } from './stack.ts';
import type { Again, CallRecord, Ending, Refused, Repetition, Stage } from './stage.ts';

/** What one pass is of: the stack, the user's call, and where the pass begins. */
interface Pass {
  readonly stack: Stack;
  readonly call: Call<unknown>;
  readonly options: RunOptions | undefined;
  /** Index of the first stage of this pass. */
  readonly from: number;
  readonly attempt: number;
  /** The pass that repeats a part of itself through this one, and the signal it does so under. */
  readonly outer: { readonly run: Run; readonly linked: LinkedSignal } | undefined;
}

const isRefused = (entry: unknown): entry is Refused =>
  typeof entry === 'object' && entry !== null && 'admitted' in entry && entry.admitted === false;

/**
 * One pass of one call through the stages of a stack: inwards stage by stage, the call, and
 * outwards again. The whole pass has one promise; a repetition is a pass of its own inside.
 */
export class Run extends SingleCallContext implements CallRecord {
  readonly #pass: Pass;
  readonly #tickets: unknown[] = [];
  readonly #settle: { resolve: (value: unknown) => void; reject: (error: unknown) => void };
  readonly result: Promise<unknown>;
  /** The innermost stage that was entered and not left. */
  #level: number;
  /** Counts interruptions: what was started before one is not heard after it. */
  #turn = 0;
  #sent = false;
  #finished = false;
  #attempts: number;
  #repetition: { readonly linked: LinkedSignal; readonly run: Run | undefined } | undefined =
    undefined;
  #linked: LinkedSignal | undefined = undefined;

  constructor(pass: Pass) {
    super(pass.options, pass.stack.clock);
    this.#pass = pass;
    this.#level = pass.from - 1;
    this.#attempts = pass.attempt;
    const { promise, ...settle } = Promise.withResolvers<unknown>();
    this.result = promise;
    this.#settle = settle;
    this.#enter(pass.from);
  }

  override get signal(): AbortSignal {
    return this.#signal().signal;
  }

  override get attempt(): number {
    return this.#pass.attempt;
  }

  interrupt(stage: number, error: HoldfastError): void {
    if (stage > this.#level) return;
    this.#abandon(stage, error);
    this.#leave({ ok: false, error });
  }

  /** Ends everything inside `stage`: the call is told by its signal, the stages inside are left. */
  #abandon(stage: number, error: unknown): void {
    this.#turn++;
    this.#signal().abort(error);
    this.#repetition?.linked.abort(error);
    this.#repetition?.run?.abandonAll(error);
    this.#repetition = undefined;
    const ending: Ending = this.#sent ? { ok: false, error } : { ok: false, error, unsent: true };
    while (this.#level > stage) this.#leaveOne(ending);
  }

  /** Ends the whole pass because an outer one was interrupted. */
  abandonAll(error: unknown): void {
    this.#abandon(this.#pass.from - 1, error);
    this.#finish({ ok: false, error });
  }

  #enter(first: number): void {
    const { stages } = this.#pass.stack;
    for (let index = first; index < stages.length; index++) {
      const entry = this.#stage(index).enter(this, index);
      if (entry instanceof Promise) {
        this.#waitToEnter(index, entry);
        return;
      }
      if (isRefused(entry)) {
        this.#leave({ ok: false, error: entry.rejection, unsent: true });
        return;
      }
      this.#tickets[index] = entry;
      this.#level = index;
    }
    this.#invoke();
  }

  #waitToEnter(index: number, waiting: Promise<unknown>): void {
    const turn = this.#turn;
    waiting.then(
      (entry) => {
        const interrupted = turn !== this.#turn;
        if (interrupted) this.#giveBack(index, entry);
        else this.#enterAfterWait(index, entry);
      },
      (error: unknown) => {
        if (turn === this.#turn) this.#leave({ ok: false, error });
      },
    );
  }

  #enterAfterWait(index: number, entry: unknown): void {
    const signal = this.options?.signal;
    if (isRefused(entry)) this.#leave({ ok: false, error: entry.rejection, unsent: true });
    else if (signal?.aborted === true) {
      this.#giveBack(index, entry);
      this.#leave({ ok: false, error: signal.reason });
    } else {
      this.#tickets[index] = entry;
      this.#level = index;
      this.#enter(index + 1);
    }
  }

  /** A stage let the call in when nobody wanted it any more. */
  #giveBack(index: number, entry: unknown): void {
    if (isRefused(entry)) return;
    this.#stage(index).leave(entry, { ok: false, error: undefined, unsent: true }, this);
  }

  #invoke(): void {
    const turn = this.#turn;
    this.#sent = true;
    const end = (ending: Ending): void => {
      if (turn === this.#turn) this.#leave(ending);
    };
    start<CallRecord, unknown>(this.#pass.call, this).then(
      (value) => end({ ok: true, value }),
      (error: unknown) => end({ ok: false, error }),
    );
  }

  #signal(): LinkedSignal {
    if (this.#linked === undefined) {
      this.#linked = new LinkedSignal(() => this.#outerSignal());
      if (this.#finished) this.#linked.unlink();
    }
    return this.#linked;
  }

  #outerSignal(): AbortSignal | undefined {
    return this.#pass.outer?.linked.signal ?? this.options?.signal;
  }

  /** Counted by the outermost pass, so that no two attempts of one call share a number. */
  #nextAttempt(): number {
    const { outer } = this.#pass;
    return outer === undefined ? ++this.#attempts : outer.run.#nextAttempt();
  }

  /** Leaves stage by stage outwards, until one wants its inside again. */
  #leave(ending: Ending): void {
    while (this.#level >= this.#pass.from) {
      const index = this.#level;
      const again = this.#leaveOne(ending);
      if (again !== undefined) {
        this.#repeat(index, again);
        return;
      }
    }
    this.#finish(ending);
  }

  #leaveOne(ending: Ending): Again | undefined {
    const index = this.#level--;
    return this.#stage(index).leave(this.#tickets[index], ending, this);
  }

  #repeat(index: number, again: Again): void {
    const turn = this.#turn;
    const linked = new LinkedSignal(() => this.#outerSignal());
    this.#repetition = { linked, run: undefined };
    const repetition: Repetition = {
      rerun: () => this.#rerun(index, linked),
      get signal() {
        return linked.signal;
      },
    };
    const end = (ending: Ending): void => {
      if (turn !== this.#turn) return;
      linked.unlink();
      this.#leave(ending);
    };
    start(again, repetition).then(
      (value) => end({ ok: true, value }),
      (error: unknown) => end({ ok: false, error }),
    );
  }

  #rerun(index: number, linked: LinkedSignal): Promise<unknown> {
    if (linked !== this.#repetition?.linked) return Promise.reject(linked.signal.reason);
    const outer = { run: this, linked };
    const run = new Run({ ...this.#pass, from: index + 1, attempt: this.#nextAttempt(), outer });
    this.#repetition = { linked, run };
    return run.result;
  }

  #finish(ending: Ending): void {
    this.#finished = true;
    this.#linked?.unlink();
    if (ending.ok) this.#settle.resolve(ending.value);
    else this.#settle.reject(ending.error);
  }

  #stage(index: number): Stage {
    const stage = this.#pass.stack.stages[index];
    if (stage === undefined) throw new RangeError(`no stage ${index}`);
    return stage;
  }
}
