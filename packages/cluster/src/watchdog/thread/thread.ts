import { workerData } from 'node:worker_threads';
import { Board } from '../board.ts';
import { everyMsOf, Watch, type Sight } from '../watch.ts';
import { isParent } from './is-parent.ts';
import { Reporter } from './reporter.ts';
import type { ThreadData } from './settings.ts';

const { settings, memory } = workerData as ThreadData;
const board = new Board(memory);
const reporter = new Reporter(board, settings);

const see = (): Sight => ({
  atMs: performance.now(),
  beats: board.beats,
  debugged: board.debugged,
  orphaned: !isParent(settings.parentPid),
  lastDrain: board.lastDrain,
});

const watch = new Watch(settings, see());

setInterval(() => {
  const finding = watch.look(see());
  if (finding !== undefined) reporter.report(finding);
}, everyMsOf(settings.blockedAfterMs));
