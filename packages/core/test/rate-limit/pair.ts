import assert from 'node:assert/strict';
import { LimitModel, type Expected, type ModelOptions } from './limit-model.ts';
import { byPriority, Rig, type Ask, type Asked } from './rig.ts';

export type Step =
  | ({ readonly type: 'ask' } & Ask)
  | { readonly type: 'take'; readonly key: string; readonly units: number }
  | { readonly type: 'abort'; readonly which: number }
  | { readonly type: 'pass' | 'stall'; readonly ms: number };

const same: (actual: unknown, expected: unknown) => void = assert.deepEqual;

/** Waits are told to the microsecond, rounded up. */
const near = (actual: number, expected: number): void => {
  const off = actual - expected;
  assert.ok(off > -1e-6 && off < 0.001 + 1e-6, `${actual} instead of ${expected}`);
};

/** A limit and its model, side by side. */
export class Pair {
  readonly rig: Rig;
  readonly model: LimitModel;

  constructor(given: ModelOptions, cost: number | undefined) {
    const { units, perSeconds, burst, maxWaitMs, maxWaiting } = given;
    this.model = new LimitModel(given);
    this.rig = new Rig({
      ...{ rate: units / perSeconds, burst, maxWaitMs, maxWaiting },
      cost: cost ?? byPriority,
    });
  }

  async run(step: Step): Promise<void> {
    if (step.type === 'ask') this.#ask(step);
    else if (step.type === 'take') this.#take(step);
    else if (step.type === 'abort') this.#abort(step.which);
    else if (step.type === 'pass') await this.#pass(step.ms);
    else this.#stall(step.ms);
    await this.rig.reactions();
    this.compare();
  }

  #ask(wish: Ask): void {
    this.rig.ask(wish);
    this.model.ask(wish);
  }

  #take(wish: { readonly key: string; readonly units: number }): void {
    const taken = this.rig.limit.take({ key: wish.key, cost: wish.units });
    const expected = this.model.take(wish.key, wish.units);
    same([taken.admitted, taken.remaining], [expected.admitted, expected.remaining]);
    near(taken.resetMs, expected.resetMs);
  }

  #abort(which: number): void {
    const waiting = this.model.calls.flatMap(({ status }, id) =>
      status === 'waiting' ? [id] : [],
    );
    const id = waiting[which % waiting.length];
    const call = this.model.calls[id ?? -1];
    if (id === undefined || call === undefined) return;
    this.rig.calls[id]?.caller.abort(new Error('no longer wanted'));
    this.model.abort(call);
  }

  /** To each moment at which something happens, and no further before it is looked at. */
  async #pass(ms: number): Promise<void> {
    this.model.tick(0);
    await this.rig.pass(0);
    let passed = 0;
    for (let left = ms; left > 0; left--) {
      passed++;
      if (!this.model.tick(1)) continue;
      await this.rig.pass(passed);
      this.compare();
      passed = 0;
    }
    await this.rig.pass(passed);
  }

  /** Whoever comes next for a key comes before the timer that is late. */
  #stall(ms: number): void {
    this.rig.clock.stall(ms);
    this.model.now += ms;
  }

  compare(): void {
    const end = ({ status, settledAt }: Asked | Expected): unknown[] => [status, settledAt];
    same(this.rig.calls.map(end), this.model.calls.map(end));
    for (const [id, { retryAfterMs }] of this.model.calls.entries()) {
      const told = this.rig.calls[id]?.retryAfterMs;
      if (retryAfterMs === undefined || told === undefined) same(told, retryAfterMs);
      else near(told, retryAfterMs);
    }
    same(this.rig.limit.snapshot().waiting, this.rig.countOf('waiting'));
  }

  /** Everybody who waits has an answer in the end, and nothing is left behind. */
  async end(): Promise<void> {
    await this.#pass(5_001);
    this.compare();
    same(
      [this.rig.countOf('waiting'), this.rig.listeners, this.rig.clock.pendingTimers],
      [0, 0, 0],
    );
  }
}
