import { Chance } from './chance.ts';
import { inputFor } from './inputs.ts';
import { meaningOf, type Target, type Written } from './target.ts';

const LONGEST_MS = 1;
/** A pause of the collector or of the machine is over by then. */
const REPETITIONS = 3;
/** One input in so many is one that means something. */
const WRITTEN_EVERY = 5;
/** One of each kind tells as much as a thousand. */
const MOST_FINDINGS = 5;

/** What must not happen. */
export interface Finding {
  readonly target: string;
  readonly text: string;
  readonly complaint: string;
}

/** What happened to one parser. */
export interface Tally {
  readonly name: string;
  inputs: number;
  /** How many of them the parser made something of. */
  accepted: number;
  roundTrips: number;
  slowestMs: number;
  findings: number;
}

export interface FuzzReport {
  readonly tallies: readonly Tally[];
  /** The first few of each parser. */
  readonly findings: readonly Finding[];
}

export interface FuzzOptions {
  readonly seed: number;
  readonly inputs: number;
}

const millisecondsOf = (act: () => void): number => {
  const start = performance.now();
  act();
  return performance.now() - start;
};

/** How long a text takes, as often as it seems too long, or longer than any other. */
const measured = (target: Target, text: string, slowestMs: number): [unknown, number] => {
  let value: unknown;
  const read = (): void => void (value = target.read(text));
  let ms = millisecondsOf(read);
  for (let again = 0; again < REPETITIONS && ms > slowestMs; again++)
    ms = Math.min(ms, millisecondsOf(read));
  return [value, ms];
};

const complaintAbout = (
  target: Target,
  value: unknown,
  written: Written | undefined,
): string | undefined => {
  if (written !== undefined && meaningOf(value) !== written.meaning)
    return `${written.meaning} was read as ${meaningOf(value)}`;
  return target.complaint(value);
};

class Fuzzer {
  readonly findings: Finding[] = [];
  readonly #target: Target;
  readonly #chance: Chance;
  readonly tally: Tally;

  constructor(target: Target, seed: number) {
    this.#target = target;
    this.#chance = new Chance(seed);
    const { name } = target;
    this.tally = { name, inputs: 0, accepted: 0, roundTrips: 0, slowestMs: 0, findings: 0 };
  }

  step(): void {
    const written = this.#chance.once(WRITTEN_EVERY)
      ? this.#target.write?.(this.#chance)
      : undefined;
    const text = written?.text ?? inputFor(this.#target, this.#chance);
    this.tally.inputs++;
    if (written !== undefined) this.tally.roundTrips++;
    try {
      this.#try(text, written);
    } catch (error) {
      this.#find(text, `it threw ${String(error)}`);
    }
  }

  #try(text: string, written: Written | undefined): void {
    const { tally } = this;
    const [value, ms] = measured(this.#target, text, tally.slowestMs);
    tally.slowestMs = Math.max(tally.slowestMs, ms);
    if (this.#target.accepts(value)) tally.accepted++;
    if (ms >= LONGEST_MS) this.#find(text, `it took ${ms.toFixed(3)} ms`);
    const complaint = complaintAbout(this.#target, value, written);
    if (complaint !== undefined) this.#find(text, complaint);
  }

  #find(text: string, complaint: string): void {
    const target = this.#target.name;
    if (this.tally.findings++ < MOST_FINDINGS) this.findings.push({ target, text, complaint });
  }
}

/** Gives each parser its share of the inputs. The same seed gives the same inputs. */
export const fuzz = (targets: readonly Target[], { seed, inputs }: FuzzOptions): FuzzReport => {
  const fuzzers = targets.map((target, index) => new Fuzzer(target, seed + index));
  const share = Math.ceil(inputs / targets.length);
  for (const fuzzer of fuzzers) for (let left = share; left > 0; left--) fuzzer.step();
  return {
    tallies: fuzzers.map(({ tally }) => tally),
    findings: fuzzers.flatMap(({ findings }) => findings),
  };
};
