import type { Clock, Timer } from '@holdfast/core';
import type { RestartBudget } from '../restart/restart-budget.ts';
import type { RestartPolicy } from '../restart/restart-policy.ts';
import type { Member } from './member.ts';

export interface SparesOptions {
  /** How many there should be. */
  readonly count: number;
  readonly policy: RestartPolicy;
  readonly clock: Clock;
  readonly budget: RestartBudget;
  readonly launch: () => Member;
}

/** Workers that have loaded the program and wait for a slot. */
export class Spares {
  readonly #options: SparesOptions;
  readonly #members = new Set<Member>();
  #timer: Timer | undefined = undefined;
  /** None are started before the cluster has started, during a reload, and at the end. */
  #paused = true;

  constructor(options: SparesOptions) {
    this.#options = options;
  }

  get loaded(): number {
    return Array.from(this.#members).filter(({ state }) => state === 'standby').length;
  }

  /** The one that is furthest on. */
  take(): Member | undefined {
    const all = [...this.#members];
    const member = all.find(({ state }) => state === 'standby') ?? all[0];
    if (member === undefined) return undefined;
    this.#members.delete(member);
    this.#fill();
    return member;
  }

  resume(): void {
    this.#paused = false;
    this.#fill();
  }

  /** Lets all of them go: they are of an older build, or nobody needs them any more. */
  dismiss(): void {
    this.#paused = true;
    this.#timer?.[Symbol.dispose]();
    this.#timer = undefined;
    const dismissed = [...this.#members];
    // Before they tell that they leave, which is no failure.
    this.#members.clear();
    for (const member of dismissed) member.leave('stop');
  }

  loadedOne(): void {
    this.#options.policy.ready(this.#now);
  }

  /** One leaves, or has gone. Answers whether it was one of them; after a fatal one there are no others. */
  lost(member: Member, isFatal = false): boolean {
    if (!this.#members.delete(member)) return false;
    if (isFatal) this.dismiss();
    else this.#refillIn(this.#options.policy.failed(this.#now));
    return true;
  }

  get #now(): number {
    return this.#options.clock.now();
  }

  #fill(): void {
    if (this.#paused || this.#timer !== undefined) return;
    while (this.#members.size < this.#options.count) this.#members.add(this.#options.launch());
  }

  #refillIn(delayMs: number): void {
    if (this.#paused || this.#timer !== undefined) return;
    this.#timer = this.#options.clock.setTimer(() => {
      this.#timer = undefined;
      const waitMs = this.#options.budget.takeSpare(this.#now);
      if (waitMs > 0) return this.#refillIn(waitMs);
      this.#members.add(this.#options.launch());
      // Each costs a restart of its own.
      if (this.#members.size < this.#options.count) this.#refillIn(0);
    }, delayMs);
    this.#timer.unref(); // workers, or their restarts, keep this process alive
  }
}
