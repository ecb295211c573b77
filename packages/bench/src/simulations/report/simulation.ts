/** A column of figures. */
export interface Column {
  readonly heading: string;
  readonly decimals: number;
}

/** For each column one figure a seed, in the order of the seeds. `Infinity` stands for never. */
export interface Row {
  readonly name: string;
  readonly figures: readonly (readonly number[])[];
}

export interface Table {
  readonly title: string;
  /** Stands over the names of the rows. */
  readonly of: string;
  readonly columns: readonly Column[];
  readonly rows: readonly Row[];
}

/** Something that changes in the course of time, under the first seed alone. */
export interface Series {
  readonly name: string;
  readonly values: readonly number[];
}

export interface Chart {
  readonly title: string;
  /** How much time lies between two values. */
  readonly everyMs: number;
  /** What fills the height of the chart; more than that is drawn no higher. */
  readonly top: number;
  readonly series: readonly Series[];
}

/** A bound that every seed has to keep, and the seed that comes nearest to breaking it. */
export interface Claim {
  readonly what: string;
  readonly bound: 'at most' | 'at least';
  readonly limit: number;
  readonly worst: number;
  readonly worstSeed: number;
  readonly ok: boolean;
}

/** What one simulation found. */
export interface Report {
  readonly title: string;
  /** What was assumed, and whatever else a reader has to know, a sentence a line. */
  readonly assumptions: readonly string[];
  readonly tables: readonly Table[];
  readonly charts: readonly Chart[];
  readonly claims: readonly Claim[];
}

/** How much is simulated: `claims` leaves out what no claim looks at. */
export type Extent = 'full' | 'claims';

/** Runs once for each seed. */
export type Simulation = (seeds: readonly number[], extent: Extent) => Promise<Report>;
