import { start } from '../../pipeline/start.ts';
import { notComeBack, type Rate } from '../../rate-limit/gcra.ts';
import { SPANS, type Quota } from '../../rate-limit/sliding-window.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { Key } from '../key.ts';
import type { Metered, Operation, Store } from '../store.ts';
import { NOTHING, type Returnable } from './answers.ts';
import { inBackground } from './background.ts';

/** Units that the store gave. */
export interface Grant {
  readonly key: Key;
  readonly units: number;
  /** When they were asked for; they were taken no earlier. */
  readonly sentAt: number;
}

/** What a store answers; a window also says where the units stand. */
export type MeterAnswer = Metered & { readonly span?: number };

/** One of the two kinds of limit, in a store. None of these throws: what a store throws is a rejection. */
export interface Meter {
  readonly most: number;
  /** Takes all of the units or none, or looks. */
  ask(key: Key, units: number): Promise<MeterAnswer>;
  /** For what was asked just now. */
  receipt(grant: Grant, answer: MeterAnswer): Returnable;
  /** All units of a key are there again. */
  reset(key: Key): Promise<unknown>;
}

/** Where a meter stands. */
interface MeterPlace {
  readonly store: Store;
  readonly clock: Clock;
  readonly deadlineMs: number;
}

/** A rate and a burst. */
export class RateMeter implements Meter {
  readonly #rate: Rate;
  readonly #place: MeterPlace;
  readonly #operation: Operation;

  constructor(rate: Rate, place: MeterPlace) {
    this.#rate = rate;
    this.#place = place;
    this.#operation = { deadlineMs: place.deadlineMs };
  }

  get most(): number {
    return this.#rate.burst;
  }

  ask(key: Key, units: number): Promise<Metered> {
    return this.askUpTo(key, units, units);
  }

  askUpTo(key: Key, want: number, min: number): Promise<Metered> {
    const { unitsPerMs, burst } = this.#rate;
    const take = { unitsPerMs, burst, want, min };
    return start(() => this.#place.store.take(key, take, this.#operation), undefined);
  }

  receipt(grant: Grant): Returnable {
    return { giveBack: () => this.giveBack(grant) };
  }

  reset(key: Key): Promise<unknown> {
    const { unitsPerMs, burst } = this.#rate;
    return this.#place.store.take(key, { unitsPerMs, burst, want: -burst }, this.#operation);
  }

  /** As much as surely has not come back by itself when the command is carried out, at its deadline. */
  giveBack({ key, units, sentAt }: Grant): void {
    const { store, clock, deadlineMs } = this.#place;
    const { unitsPerMs, burst } = this.#rate;
    const unused = notComeBack(units, units, clock.now() - sentAt + deadlineMs, this.#rate);
    // What is lost on the way comes back by itself.
    if (unused > 0)
      inBackground(() => store.take(key, { unitsPerMs, burst, want: -unused }, this.#operation));
  }
}

/** A quota and a window. */
export class QuotaMeter implements Meter {
  readonly #quota: Quota;
  readonly #place: MeterPlace;
  readonly #operation: Operation;

  constructor(quota: Quota, place: MeterPlace) {
    this.#quota = quota;
    this.#place = place;
    this.#operation = { deadlineMs: place.deadlineMs };
  }

  get most(): number {
    return this.#quota.quota;
  }

  ask(key: Key, cost: number): Promise<MeterAnswer> {
    const { quota, windowMs } = this.#quota;
    const count = { quota, windowMs, cost };
    return start(() => this.#place.store.count(key, count, this.#operation), undefined);
  }

  receipt(grant: Grant, { span }: MeterAnswer): Returnable {
    if (span === undefined) return NOTHING;
    return { giveBack: () => this.#giveBack(grant, span) };
  }

  async reset(key: Key): Promise<unknown> {
    const { quota, windowMs } = this.#quota;
    const { span: newest = 0 } = await this.ask(key, 0);
    const spans = Array.from({ length: SPANS }, (_, age) => newest - age).filter(
      (span) => span > 0,
    );
    const emptied = spans.map((span) =>
      this.#place.store.count(key, { quota, windowMs, cost: -quota, span }, this.#operation),
    );
    return Promise.all(emptied);
  }

  /** Within the window their span cannot be another's. */
  #giveBack({ key, units, sentAt }: Grant, span: number): void {
    const { store, clock, deadlineMs } = this.#place;
    const { quota, windowMs } = this.#quota;
    if (clock.now() - sentAt + deadlineMs >= windowMs) return;
    inBackground(() => store.count(key, { quota, windowMs, cost: -units, span }, this.#operation));
  }
}
