// As it is published this is one file with all that it imports: see `scripts/bundle-boot.ts`.
import { LAUNCH_VARIABLE } from '../protocol/launch.ts';
import { beginWorker } from './lifecycle.ts';

/** What the program forks should not load this in its turn. */
const forget = (url: string): void => {
  const { execArgv } = process;
  const at = execArgv.findIndex((each) => each === url || each === `--import=${url}`);
  if (at < 0) return;
  const isSplit = execArgv[at] === url && execArgv[at - 1] === '--import';
  execArgv.splice(isSplit ? at - 1 : at, isSplit ? 2 : 1);
};

// A worker's own threads and children may load this as well, and are no workers.
if (process.env[LAUNCH_VARIABLE] !== undefined) {
  forget(import.meta.url);
  beginWorker();
}
