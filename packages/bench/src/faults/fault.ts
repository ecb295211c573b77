import type { Finding } from './finding.ts';
import type { Keeping } from './processes/keeping.ts';

/** What a fault has to work with. */
export interface Site {
  /** Shorter, for a look. */
  readonly quick: boolean;
  /** Ends what was started, also where this process cannot. */
  readonly keeping: Keeping;
}

/** Something that is done to a store, or to those who use it, and what is promised of it. */
export interface Fault {
  readonly id: string;
  readonly title: string;
  /** What others do under the same fault; only run when asked for. */
  readonly isPeers?: boolean;
  /** Much like another one; left out of a quick run unless it is named. */
  readonly isSimilar?: boolean;
  readonly run: (site: Site) => Promise<readonly Finding[]>;
}
