// As it is published this is one file with all that it imports: see `scripts/bundle-boot.ts`.
import { LAUNCH_VARIABLE } from '../protocol/launch.ts';
import { beginWorker } from './lifecycle.ts';

/** What the program forks should not load this in its turn. */
const forget = (): void => {
  const { filename, url } = import.meta;
  const at = process.execArgv.findLastIndex((each) => each === filename || each === url);
  if (at > 0) process.execArgv.splice(at - 1, 2);
};

// A worker's own threads and children may load this as well, and are no workers.
if (process.env[LAUNCH_VARIABLE] !== undefined) {
  forget();
  beginWorker();
}
