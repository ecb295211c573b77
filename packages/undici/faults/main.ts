// Prints the matrix of faults for each version of Node and undici; fails when a cell is not as documented.
import { fork } from 'node:child_process';
import { nodeBinary, OTHER_NODES } from '../../../scripts/node-versions.ts';
import { commandOf, USAGE, UsageError, type Command } from './command-line.ts';
import type { RunReport } from './run.ts';
import { differencesOf, tableOf } from './table.ts';

const NODES = [...OTHER_NODES, '26.10.0'];
const UNDICIS = ['7', '8'];
const LONGEST_RUN_MS = 180_000;

const binaryOf = (node: string): string =>
  node === process.versions.node ? process.execPath : nodeBinary(node);

/** Runs the cells in a process of its own, which ends in any case. */
const run = (node: string, undici: string, only: string): Promise<RunReport> => {
  const preload = undici === '7' ? ['--import', import.meta.resolve('./undici7.ts')] : [];
  const child = fork(new URL('run.ts', import.meta.url), [only], {
    execPath: binaryOf(node),
    execArgv: ['--no-warnings', ...preload],
  });
  const { promise, resolve, reject } = Promise.withResolvers<RunReport>();
  const tooLate = setTimeout(() => child.kill('SIGKILL'), LONGEST_RUN_MS);
  child.once('message', resolve);
  child.once('error', reject);
  child.once('exit', (code, signal) => {
    clearTimeout(tooLate);
    reject(new Error(`the cells on Node ${node} and undici ${undici} ended by ${signal ?? code}`));
  });
  return promise;
};

/** Prints one matrix; tells whether all of it is as documented. */
const show = (node: string, { undici, outcomes, troubles, tookMs }: RunReport): boolean => {
  const different = differencesOf(outcomes);
  const seconds = (tookMs / 1_000).toFixed(1);
  console.log(`\nNode ${node}, undici ${undici}\n`);
  console.log(tableOf(outcomes).join('\n'));
  console.log(`\n${outcomes.length} cells, ${different.length} not as documented, ${seconds} s`);
  for (const line of [...different, ...troubles.map((each) => `TROUBLE  ${each}`)])
    console.log(line);
  return different.length + troubles.length === 0 && outcomes.length > 0;
};

const runAll = async ({ node, undici, only }: Command): Promise<boolean> => {
  const nodes = NODES.filter((each) => each.startsWith(node));
  const undicis = UNDICIS.filter((each) => each.startsWith(undici));
  if (nodes.length === 0) throw new UsageError(`--node ${node}: there are ${NODES.join(', ')}`);
  if (undicis.length === 0) throw new UsageError(`--undici ${undici}: there are 7 and 8`);
  let sound = true;
  for (const on of nodes)
    for (const under of undicis) sound = show(on, await run(on, under, only)) && sound;
  return sound;
};

try {
  if (!(await runAll(commandOf(process.argv.slice(2))))) process.exitCode = 1;
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  console.error(`${error.message}\n\n${USAGE}`);
  process.exitCode = 2;
}
