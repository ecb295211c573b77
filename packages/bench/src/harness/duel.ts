import { inspect } from 'node:util';
import { addedBytes } from './bytes.ts';
import { Lane } from './lane.ts';
import { outcomeOf } from './outcome.ts';
import type { Contestant, RatioGroup } from './suite.ts';
import { turnsUntilSettled } from './turns.ts';

const WARM_UP_MS = 300;
/** Part of a batch that wakes caches and clocks up before a round. */
const REWARM = 0.3;

/** Nanoseconds per call of both sides in one round. */
export interface Round {
  readonly bareNs: number;
  readonly ownNs: number;
}

/** What does not vary from round to round. */
export interface Costs {
  readonly addedBytes: number;
  readonly turns: number | undefined;
}

/** A contestant beside the bare call, in one process. */
export class Duel {
  readonly #group: RatioGroup;
  readonly #bare: Lane;
  readonly #own: Lane;

  private constructor(group: RatioGroup, bare: Lane, own: Lane) {
    this.#group = group;
    this.#bare = bare;
    this.#own = own;
  }

  static async prepare(group: RatioGroup, contestant: Contestant): Promise<Duel> {
    const bare = await Lane.make(await group.bare(), group.loop);
    const own = await Lane.make(await contestant.make(), group.loop);
    for (const lane of [bare, own, bare, own]) await lane.warmUp(WARM_UP_MS / 4);
    return new Duel(group, bare, own);
  }

  /** Bare, own, own, bare: what drifts steadily hits both alike. */
  async round(): Promise<Round> {
    const [bare, own] = [this.#bare, this.#own];
    for (const lane of [bare, own]) await lane.run(lane.whole(lane.batch * REWARM));
    const first = await bare.time(bare.batch);
    const second = await own.time(own.batch);
    const third = await own.time(own.batch);
    const fourth = await bare.time(bare.batch);
    return { bareNs: (first + fourth) / 2, ownNs: (second + third) / 2 };
  }

  /** To be asked last: also makes sure that it was the right thing that was timed. */
  async costs(): Promise<Costs> {
    const { loop, expects } = this.#group;
    const { operation } = this.#own;
    const outcome = await outcomeOf(operation);
    if (!expects(outcome)) throw new Error(`a call ended with ${inspect(outcome)}`);
    return {
      addedBytes: await addedBytes(this.#bare, this.#own),
      turns: loop === 'sync' ? undefined : await turnsUntilSettled(operation),
    };
  }
}
