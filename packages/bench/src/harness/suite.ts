import type { LoopKind } from './loops.ts';

/** One call as a loop makes it; loops for promises await what it returns. */
export type Operation = () => unknown;

/** Whose code a row measures; the bare call is the one without any policy. */
export type Side = 'bare' | 'holdfast' | 'peer';

/** One row of a ratio group; `make` runs in the contestant's own process. */
export interface Contestant {
  readonly name: string;
  readonly side: Side;
  readonly make: () => Operation | Promise<Operation>;
}

/** What a ratio group finds out about a contestant. */
export interface RatioRow {
  readonly name: string;
  readonly side: Side;
  /** Time of the contestant over that of the bare call in the same round: the median. */
  readonly ratio: number;
  readonly p10: number;
  readonly p90: number;
  readonly ns: number;
  readonly addedNs: number;
  /** Allocated for each call beyond what the bare call allocates. */
  readonly addedBytes: number;
  /** Microtask turns until the promise settles; 1 for an async function that only returns. */
  readonly turns: number | undefined;
}

/** What a figure group finds out about a contestant, by the keys of its columns. */
export interface FigureRow {
  readonly name: string;
  readonly side: Side;
  readonly figures: Figures;
}

export type Figures = Readonly<Record<string, number>>;

/** A bound that the project set itself; `measured` is undefined while its rows are left out. */
export interface Goal<Row> {
  readonly what: string;
  readonly unit: string;
  readonly atMost: number;
  readonly measured: (find: (name: string) => Row | undefined) => number | undefined;
}

/** Contestants timed against the bare call, round by round. */
export interface RatioGroup {
  readonly kind: 'ratio';
  readonly id: string;
  readonly title: string;
  readonly loop: LoopKind;
  readonly bare: () => Operation | Promise<Operation>;
  /**
   * Whether a call still ends as the group means it: what it gave, or what it threw. Without this a
   * breaker that has tripped by mistake would pass for a fast one.
   */
  readonly expects: (outcome: unknown) => boolean;
  readonly contestants: readonly Contestant[];
  readonly goals: readonly Goal<RatioRow>[];
}

/** How much a single measurement may take: `quick` is for a look, not for figures. */
export type Effort = 'full' | 'quick';

/** One row of a figure group; `measure` runs once, in a process of its own. */
export interface FigureContestant {
  readonly name: string;
  readonly side: Side;
  readonly measure: (effort: Effort) => Promise<Figures>;
}

/** A figure's place in the row, its heading and the decimals it is printed with. */
interface Column {
  readonly key: string;
  readonly heading: string;
  readonly decimals: number;
}

/** Contestants measured once and one after another, for what has no bare call to divide by. */
export interface FigureGroup {
  readonly kind: 'figures';
  readonly id: string;
  readonly title: string;
  readonly columns: readonly Column[];
  readonly contestants: readonly FigureContestant[];
  readonly goals: readonly Goal<FigureRow>[];
}

export type Group = RatioGroup | FigureGroup;

/** What one run of the bench measures. */
export interface Suite {
  readonly name: string;
  /** Packages whose versions belong beside the figures. */
  readonly packages: readonly string[];
  readonly groups: readonly Group[];
}
