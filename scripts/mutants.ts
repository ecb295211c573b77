// Seeds the faults of `mutants/faults.ts` one by one into a copy of their package and runs its tests against
// each: a fault that no test notices is a test that is missing. Exit code 1 when one survives.
import { spawn } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import type { Fault } from './mutants/fault.ts';
import { FAULTS } from './mutants/faults.ts';

interface Verdict {
  readonly fault: Fault;
  /** The first test that failed; undefined when all passed. */
  readonly killedBy: string | undefined;
  readonly seconds: number;
}

const { values } = parseArgs({
  options: { only: { type: 'string' }, package: { type: 'string' } },
});
const faults = FAULTS.filter(
  ({ title, package: name = 'core' }) =>
    title.includes(values.only ?? '') && (values.package ?? name) === name,
);

const root = resolve(import.meta.dirname, '..');
const cache = join(root, 'node_modules/.cache');
mkdirSync(cache, { recursive: true });
// Inside the workspace, so that its dependencies are found.
const home = mkdtempSync(join(cache, 'mutants-'));
process.once('exit', () => rmSync(home, { recursive: true, force: true }));
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));

/**
 * Left out are tests about the package as it is installed, of processes of its own, and with parts of another package:
 * Node strips no types below node_modules, where copies lie.
 */
const TESTS = {
  core: {
    include: ['test/**/*.test.ts'],
    exclude: [
      'test/docs/**',
      'test/testing/plain-node.test.ts',
      'test/bundle.test.ts',
      'test/http/fields/fuzz.test.ts',
      'test/http/lifecycle/drain/exit.test.ts',
      'test/http/lifecycle/drain/http{2,s}.test.ts',
    ],
  },
  cluster: {
    include: [
      'test/{lines,metrics,output,restart}/**/*.test.ts',
      'test/rescue/simulated-rescue.test.ts',
      'test/supervisor/{fleet*,standing,wear}.test.ts',
    ],
    exclude: [],
  },
} as const;

type Package = keyof typeof TESTS;

const packageOf = ({ package: name = 'core' }: Fault): Package => name;

/** A copy of a package, in which faults come and go. */
const createCopy = (name: Package, index: number): string => {
  const copy = join(home, String(index), 'packages', name);
  const from = join(root, 'packages', name);
  for (const part of ['src', 'test', 'package.json']) {
    cpSync(join(from, part), join(copy, part), { recursive: true });
  }
  symlinkSync(join(from, 'node_modules'), join(copy, 'node_modules'));
  // Its tests draw numbers by those of core.
  const core = join(copy, '../core');
  if (!existsSync(core)) symlinkSync(join(root, 'packages/core'), core);
  writeFileSync(
    join(copy, 'vitest.config.mjs'),
    `export default { test: ${JSON.stringify(TESTS[name])} };\n`,
  );
  return copy;
};

/** A run with a fault may take so many times as long as one without. */
const TIMES_AS_LONG = 5;

/** Runs the tests of a copy, or a part of them, up to the first failure; resolves with its title. */
const firstFailure = (
  copy: string,
  limitMs: number,
  part: readonly string[] = [],
): Promise<string | undefined> =>
  new Promise((resolvePromise, reject) => {
    const vitest = join(root, 'node_modules/vitest/vitest.mjs');
    const report = join(copy, 'report.json');
    rmSync(report, { force: true });
    const options = ['run', '--bail=1', '--reporter=json', `--outputFile=${report}`];
    const child = spawn(process.execPath, [vitest, ...options, ...part], {
      cwd: copy,
      // Fewer sequences than the suite's default: a fault that needs more is a weak test's.
      env: { ...process.env, HOLDFAST_RUNS: process.env['HOLDFAST_RUNS'] ?? '300' },
      stdio: 'ignore',
      timeout: limitMs,
      killSignal: 'SIGKILL',
    });
    child.once('error', reject);
    child.once('close', (code) => resolvePromise(code === 0 ? undefined : failureIn(report)));
  });

interface JsonReport {
  readonly testResults: readonly {
    readonly message: string;
    readonly assertionResults: readonly { readonly status: string; readonly fullName: string }[];
  }[];
}

const failureIn = (report: string): string => {
  try {
    const { testResults } = JSON.parse(readFileSync(report, 'utf8')) as JsonReport;
    const failed = testResults
      .flatMap(({ assertionResults }) => assertionResults)
      .find(({ status }) => status === 'failed');
    return failed?.fullName.trim() ?? 'an error outside any test';
  } catch {
    return 'no report: the tests did not end';
  }
};

const mutated = (source: string, { title, file, find, replace }: Fault): string => {
  const [before, after, ...more] = source.split(find);
  if (before === undefined || after === undefined || more.length > 0) {
    throw new Error(`"${title}": the text to replace must stand once in ${file}`);
  }
  return before + replace + after;
};

/** What takes longer for a part than all of it takes without a fault goes round for ever. */
const nearbyLimitMs = (limitMs: number): number =>
  Math.round(Math.max(30_000, limitMs / TIMES_AS_LONG));

const tryFault = async (copy: string, fault: Fault, limitMs: number): Promise<Verdict> => {
  const path = join(copy, 'src', fault.file);
  const source = readFileSync(path, 'utf8');
  const start = performance.now();
  writeFileSync(path, mutated(source, fault));
  // Most are noticed by the tests of the same folder, which take a fraction of the time of all.
  const nearby = join('test', dirname(fault.file), '/');
  const near = existsSync(join(copy, nearby))
    ? await firstFailure(copy, nearbyLimitMs(limitMs), [nearby])
    : undefined;
  const killedBy = near ?? (await firstFailure(copy, limitMs));
  writeFileSync(path, source);
  return { fault, killedBy, seconds: (performance.now() - start) / 1_000 };
};

const line = ({ fault, killedBy, seconds }: Verdict): string =>
  [
    killedBy === undefined ? 'SURVIVED' : 'killed  ',
    `${seconds.toFixed(1).padStart(5)} s`,
    fault.title.padEnd(72),
    killedBy === undefined ? '' : killedBy.slice(0, 110),
  ].join('  ');

// Every fault is looked up before the first run: a text that has moved is a fault of this list.
for (const fault of faults) {
  const path = join(root, 'packages', packageOf(fault), 'src', fault.file);
  mutated(readFileSync(path, 'utf8'), fault);
}

/** Tries the faults of one package, as many at once as there are processors. */
const tryPackage = async (name: Package): Promise<readonly Verdict[]> => {
  const waiting = faults.filter((fault) => packageOf(fault) === name);
  if (waiting.length === 0) return [];
  const copies = Array.from(
    { length: Math.max(1, Math.min(4, availableParallelism())) },
    (_, index) => createCopy(name, index),
  );
  const cleanStart = performance.now();
  const clean = await firstFailure(copies[0] ?? '', 300_000);
  if (clean !== undefined)
    throw new Error(`without a fault the tests of ${name} must pass, but this one fails: ${clean}`);
  // A fault may make the tests go round for ever: what takes many times as long is such a one.
  const limitMs = Math.round(Math.max(30_000, TIMES_AS_LONG * (performance.now() - cleanStart)));
  const verdicts: Verdict[] = [];
  const work = async (copy: string): Promise<void> => {
    for (let fault = waiting.shift(); fault !== undefined; fault = waiting.shift()) {
      const verdict = await tryFault(copy, fault, limitMs);
      verdicts.push(verdict);
      console.log(line(verdict));
    }
  };
  await Promise.all(copies.map(work));
  return verdicts;
};

const verdicts = [...(await tryPackage('core')), ...(await tryPackage('cluster'))];
const survivors = verdicts.filter(({ killedBy }) => killedBy === undefined);
console.log(`\n${verdicts.length - survivors.length} of ${verdicts.length} faults killed`);
for (const { fault } of survivors) console.log(`SURVIVED  ${fault.title} (${fault.file})`);
process.exitCode = survivors.length === 0 ? 0 : 1;
