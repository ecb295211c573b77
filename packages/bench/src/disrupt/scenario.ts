import type { Keeping } from '../faults/processes/keeping.ts';
import type { Finding } from '../faults/finding.ts';
import type { Contestant } from './fleet/fleet.ts';

/** What a scenario has to work with. */
export interface Site {
  /** Of Node, for all processes of contestants. */
  readonly binary: string;
  readonly keeping: Keeping;
  /** Shorter, for a look. */
  readonly quick: boolean;
  /** Of throughput. */
  readonly rounds: number;
  /** Those of pm2 and Watt that could be had and were asked for. */
  readonly peers: Peers;
}

/** Peers that are fetched; empty where they were not asked for or could not be had. */
export interface Peers {
  readonly pm2: readonly Contestant[];
  /** With the usual handler of the signal in the service. */
  readonly pm2Closing: readonly Contestant[];
  readonly watt: readonly Contestant[];
}

/** Figures side by side. */
export interface Table {
  readonly headings: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** What a scenario showed. */
export interface Shown {
  readonly tables: readonly Table[];
  readonly findings: readonly Finding[];
}

/** Something that is done to workers while clients use them, and what Holdfast promises of it. */
export interface Scenario {
  readonly id: string;
  readonly title: string;
  readonly run: (site: Site) => Promise<Shown>;
}
