import { retryBudget, type Call } from '../../../src/index.ts';
import { seededRandom } from '../../../src/testing/index.ts';
import { settled } from '../../support/breaker.ts';
import { RecordingClock } from '../../support/recording-clock.ts';
import { perform, THE_END } from './deeds.ts';
import { Execution, idIn, priorityOf } from './execution.ts';
import type { CallStep, Meddling, Plan, Step } from './plan.ts';
import { placeOf } from './policies.ts';
import type { Built, Site } from './site.ts';
import {
  expectGivenUp,
  expectInTime,
  expectOwnEnd,
  expectQuiet,
  expectSettled,
  expectWaitersWanted,
} from './ends.ts';
import { stackOf, type Stack } from './stack.ts';

/** How often callers gave up at each point, in all worlds together. */
export const pointsReached: Map<string, number> = new Map();

/** Stacks, calls through them, and all that happens to these. */
export class World implements Site {
  readonly clock: RecordingClock = new RecordingClock();
  readonly random = seededRandom(1);
  readonly budget = retryBudget({ clock: this.clock, ratio: 0.5 });
  readonly executions: Execution[] = [];
  readonly #faults: string[] = [];
  readonly #built: readonly Built[];
  readonly #stacks: { readonly first: Stack; readonly second: Stack };
  readonly #hanging: ((value: unknown) => void)[] = [];
  /** Timers or promises may come later than they would: nothing is on the millisecond. */
  #exact = true;
  #ending = false;

  constructor({ first, second }: Plan) {
    const places = first.map((plan, index) => placeOf(plan, index, this));
    const shared = second.flatMap((place) => places[place] ?? []);
    this.#built = places.flatMap(({ built }) => built);
    this.#stacks = {
      first: stackOf(places),
      second: shared.length === 0 ? stackOf(places) : stackOf(shared),
    };
  }

  of({ priority }: { readonly priority: number }): Execution {
    const execution = this.executions[idIn(priority)];
    if (execution === undefined) throw new Error(`no execution has the priority ${priority}`);
    return execution;
  }

  readonly fault = (text: string): void => void this.#faults.push(text);

  readonly after = (ms: number, act: () => void): void => void this.clock.setTimer(act, ms);

  readonly hang = (): Promise<unknown> =>
    this.#ending
      ? Promise.resolve(THE_END)
      : new Promise((resolve) => {
          this.#hanging.push(resolve);
        });

  readonly giveUp = (execution: Execution): void => {
    if (execution.aborted) return;
    const point = this.#pointOf(execution);
    pointsReached.set(point, (pointsReached.get(point) ?? 0) + 1);
    execution.caller.abort(execution.reason);
  };

  async take(step: Step): Promise<void> {
    await this.#happen(step);
    await settled();
    expectWaitersWanted(this.#built, this.executions);
    for (const execution of this.executions) {
      if (execution.plan.abort === 'while waiting') await this.#abortIfWaiting(execution);
    }
  }

  /** Lets everything come to its end, and expects that it does. */
  async end(): Promise<void> {
    await this.#pass();
    for (const execution of this.executions) {
      expectSettled(execution, this.#stacks[execution.plan.stack]);
    }
    this.#ending = true;
    for (const built of this.#built) built.relent?.();
    for (const execution of this.executions) {
      if (execution.outcome === undefined) this.giveUp(execution);
    }
    await this.#pass();
    for (const execution of this.executions) {
      const stack = this.#stacks[execution.plan.stack];
      expectOwnEnd(execution, stack);
      if (this.#exact) expectInTime(execution, stack);
    }
    expectQuiet({ clock: this.clock, built: this.#built, faults: this.#faults });
  }

  /** More than once: what a stall put off begins anew when the clock has moved. */
  async #pass(): Promise<void> {
    for (let round = 0; round < 3; round++) {
      if (this.#ending) for (const resolve of this.#hanging.splice(0)) resolve(THE_END);
      await this.clock.advanceAsync(5_000);
    }
  }

  async #happen(step: Step): Promise<void> {
    switch (step.do) {
      case 'call':
        this.#call(step);
        return;
      case 'abort': {
        const execution = pick(this.executions, step.which);
        if (execution !== undefined) await this.#abort(execution);
        return;
      }
      case 'advance':
        await this.clock.advanceAsync(step.ms);
        return;
      case 'advance at once':
        this.#exact = false;
        this.clock.advance(step.ms);
        return;
      case 'stall':
        this.#exact = false;
        this.clock.stall(step.ms);
        return;
      default:
        this.#meddle(step.do, step.which);
    }
  }

  #call(plan: CallStep): void {
    const { clock, executions } = this;
    const execution = new Execution(executions.length, plan, clock.now());
    executions.push(execution);
    if (plan.abort === 'before') this.giveUp(execution);
    const { signal } = execution.caller;
    const deadline = plan.deadlineMs === Infinity ? undefined : clock.now() + plan.deadlineMs;
    const priority = priorityOf(execution);
    const made: Call<unknown> = (context) => {
      execution.calls++;
      if (execution.aborted) this.fault('a call began after its caller had given up');
      return perform(execution, context, this);
    };
    const run = this.#stacks[plan.stack].policy.execute(made, {
      signal,
      deadline,
      key: plan.key,
      priority,
    });
    void run
      .then(
        (value) => (execution.outcome = { ok: true, value }),
        (error: unknown) => (execution.outcome = { ok: false, error }),
      )
      .finally(() => (execution.settledAt = clock.now()));
  }

  #meddle(what: Meddling, which: number): void {
    if (what === 'dispose') pick(this.#built, which)?.dispose?.();
    else if (what === 'refuse') {
      const refusing = this.#built.filter(({ refuse }) => refuse !== undefined);
      pick(refusing, which)?.refuse?.(which);
    } else this.#relent(what === 'relent and abort');
  }

  #relent(abort: boolean): void {
    for (const built of this.#built) built.relent?.();
    // In the same tick: who waited has been let in, and does not know yet.
    const last = this.executions.findLast(({ outcome }) => outcome === undefined);
    if (abort && last !== undefined) this.giveUp(last);
  }

  async #abortIfWaiting(execution: Execution): Promise<void> {
    if (execution.outcome === undefined && execution.busyWith === undefined) {
      await this.#abort(execution);
    }
  }

  /** Where nothing of the user's runs there is nothing to wait for: the abort is the end, at once. */
  async #abort(execution: Execution): Promise<void> {
    await settled();
    const atOnce =
      execution.outcome === undefined && execution.busyWith === undefined && !execution.aborted;
    this.giveUp(execution);
    await settled();
    if (atOnce) expectGivenUp(execution);
  }

  #pointOf(execution: Execution): string {
    if (execution.outcome !== undefined) return 'after the end';
    if (execution.plan.abort === 'before') return 'before the call';
    const { busyWith } = execution;
    if (busyWith !== undefined) return `in the ${busyWith}`;
    const waitedIn = this.#built.find((built) => (built.waiting?.() ?? 0) > 0);
    if (waitedIn !== undefined) return `waiting in a ${waitedIn.plan.kind}`;
    return execution.calls > 0 ? 'asleep or settling' : 'on the way in';
  }
}

const pick = <T>(from: readonly T[], index: number): T | undefined => from[index % from.length];
