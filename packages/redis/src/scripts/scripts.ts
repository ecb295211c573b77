import { COUNT } from './count.ts';
import { LEASE, RELEASE } from './lease.ts';
import { READ, REMOVE, TOUCH, WRITE } from './record.ts';
import { SERVER_TIME } from './prelude.ts';
import { scriptOf, type Script } from './script.ts';
import { TAKE } from './take.ts';

/** One script for each operation. */
export interface Scripts {
  readonly take: Script;
  readonly count: Script;
  readonly lease: Script;
  readonly release: Script;
  readonly read: Script;
  readonly write: Script;
  readonly touch: Script;
  readonly remove: Script;
}

/** The scripts by one clock. */
export const scriptsBy = (clock: string): Scripts => ({
  take: scriptOf(TAKE, clock),
  count: scriptOf(COUNT, clock),
  lease: scriptOf(LEASE, clock),
  release: scriptOf(RELEASE, clock),
  read: scriptOf(READ, clock),
  write: scriptOf(WRITE, clock),
  touch: scriptOf(TOUCH, clock),
  remove: scriptOf(REMOVE, clock),
});

/** The scripts as they are shipped: by the clock of the server. */
export const SCRIPTS: Scripts = scriptsBy(SERVER_TIME);
