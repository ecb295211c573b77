import { Tally } from '../../rate-limit/tally.ts';
import type { SharedAdmitted, SharedTurned, TakenSource } from './types.ts';

/** What is left of a limit after a decision. */
export interface Left {
  readonly remaining: number;
  readonly moreMs: number;
  readonly resetMs: number;
}

/** Units that may be given back, once. */
export interface Returnable {
  giveBack(): void;
}

/** For what took nothing, or nothing that anybody counts. */
export const NOTHING: Returnable = { giveBack: () => undefined };

class Admission implements SharedAdmitted {
  readonly admitted = true;
  readonly source: TakenSource;
  readonly remaining: number;
  readonly moreMs: number;
  readonly resetMs: number;
  readonly #answers: Answers;
  #units: Returnable | undefined;

  constructor(answers: Answers, source: TakenSource, left: Left, units: Returnable) {
    this.source = source;
    this.remaining = left.remaining;
    this.moreMs = left.moreMs;
    this.resetMs = left.resetMs;
    this.#answers = answers;
    this.#units = units;
  }

  giveBack(): void {
    const units = this.#units;
    if (units === undefined) return;
    this.#units = undefined;
    this.#answers.tally.unsent++;
    units.giveBack();
  }
}

/** Makes the answers of a limit, and counts them. Whoever refuses flushes the tally afterwards. */
export class Answers {
  readonly tally: Tally;
  readonly sources: Record<TakenSource, number> = { shared: 0, leased: 0, local: 0, policy: 0 };

  constructor(name: string) {
    this.tally = new Tally(name);
  }

  admit(source: TakenSource, left: Left, units: Returnable): SharedAdmitted {
    this.tally.admitted++;
    this.sources[source]++;
    return new Admission(this, source, left, units);
  }

  /** `waitMs` from now it would have been admitted; undefined means never. */
  refuse(source: TakenSource, left: Left, waitMs: number | undefined): SharedTurned {
    this.sources[source]++;
    const { rejection } = this.tally.refuse(waitMs);
    const { retryAfterMs } = rejection;
    const { remaining, moreMs, resetMs } = left;
    return { admitted: false, source, remaining, moreMs, resetMs, retryAfterMs, rejection };
  }
}
