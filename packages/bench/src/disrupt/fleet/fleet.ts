import type { SuperviseOptions } from '@holdfast/cluster';
import type { Side } from '../../harness/suite.ts';
import type { Deployment } from '../app/deployment.ts';
import type { Keeping } from '../../faults/processes/keeping.ts';

/** How many workers everybody has: one for each of the cores that figures were taken on. */
export const WORKERS = 2;

/** How a rolling reload ended. */
export interface Reloaded {
  readonly ok: boolean;
  /** What whoever asked for it is told. */
  readonly detail: string;
}

/** Workers of the service, and who looks after them. */
export interface Fleet {
  readonly port: number;
  /** Of the process that looks after the workers; undefined where there is none. */
  readonly primary: number | undefined;
  /** Pids of the workers that have requests, or of the one process that has workers of another kind in it. */
  readonly workers: () => Promise<readonly number[]>;
  readonly reload: () => Promise<Reloaded>;
  /** What it says of itself; empty where it says nothing. */
  readonly state: () => Promise<string>;
  /** What was printed to standard output and error from now on, a line at a time, as soon as it is there. */
  readonly onLine: (listener: (line: string) => void) => void;
  /** Ends every process, however far it is. */
  readonly end: () => Promise<void>;
}

/** Options of `supervise` that go as JSON to the process that calls it. */
export type HoldfastOptions = Omit<Partial<SuperviseOptions>, 'exec' | 'clock' | 'random'>;

/** What a fleet is made of. */
export interface FleetParts {
  /** Of Node, for all processes of the fleet. */
  readonly binary: string;
  readonly deployment: Deployment;
  readonly keeping: Keeping;
  /** What Holdfast alone has options for. */
  readonly options?: HoldfastOptions;
  readonly workers?: number;
}

/** Somebody who looks after workers. */
export interface Contestant {
  readonly name: string;
  readonly side: Side;
  readonly start: (parts: FleetParts) => Promise<Fleet>;
}
