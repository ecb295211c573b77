// Packs every publishable package and checks the tarballs the way users meet them: publint, attw,
// then a project that installs them with npm and loads every entry on each supported Node.
import { execFile, type ExecFileException } from 'node:child_process';
import { copyFileSync, globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { assertLight, BUNDLES } from './boot-bundles.ts';
import { nodeBinary, OTHER_NODES } from './node-versions.ts';
import type { ProbeReport } from './tarball-probe.ts';

interface Manifest {
  readonly name: string;
  readonly private?: boolean;
  readonly exports: Readonly<Record<string, string>>;
}

interface Package {
  readonly name: string;
  readonly folder: string;
  /** The source file behind each name users import, such as `@holdfast/core/testing`. */
  readonly entries: ReadonlyMap<string, string>;
}

const PROBE = 'scripts/tarball-probe.ts';
const CLUSTER = 'packages/cluster/test/worker/fixtures/packed.ts';
const start = promisify(execFile);
/** npm keeps trying an unreachable registry for ten minutes. */
const TIMEOUT_MS = 180_000;

/** Runs a program and answers what it printed; its output is shown only when it fails. */
const run = async (program: string, args: string[], cwd = '.'): Promise<string> => {
  try {
    return (await start(program, args, { cwd, timeout: TIMEOUT_MS })).stdout;
  } catch (error) {
    const { killed, message, stdout, stderr } = error as ExecFileException;
    const what = killed ? `did not end within ${TIMEOUT_MS / 1_000} s` : 'failed';
    const output = [stdout, stderr].filter(Boolean).join('\n') || message;
    throw new Error(`${program} ${args.join(' ')} ${what} in ${resolve(cwd)}\n${output}`, {
      cause: error,
    });
  }
};

const readPackage = (path: string): Package | undefined => {
  const manifest = JSON.parse(readFileSync(path, 'utf8')) as Manifest;
  if (manifest.private) return undefined;
  const folder = dirname(path);
  const modules = Object.entries(manifest.exports).filter(([, source]) => source.endsWith('.ts'));
  return {
    name: manifest.name,
    folder,
    entries: new Map(
      modules.map(([entry, source]) => [manifest.name + entry.slice(1), resolve(folder, source)]),
    ),
  };
};

/** Packs one package and asks publint and attw about the tarball. */
const pack = async ({ name, folder }: Package, to: string): Promise<string> => {
  const printed = await run('pnpm', ['pack', '--json', '--pack-destination', to], folder);
  const { filename } = JSON.parse(printed) as { filename: string };
  await run('publint', ['run', filename, '--strict']);
  await run('attw', [filename, '--profile', 'esm-only']);
  console.log(`${name}: publint and attw find nothing wrong with the tarball`);
  return filename;
};

/** Installs the tarballs, with the peers they ask for, as a user of npm would. */
const install = async (dependencies: Record<string, string>, folder: string): Promise<void> => {
  const manifest = { name: 'consumer', private: true, type: 'module', dependencies };
  writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest));
  await run('npm', ['install', '--no-audit', '--no-fund', '--prefer-offline'], folder);
};

const probe = async (node: string, script: string, modules: string[]): Promise<ProbeReport> =>
  JSON.parse(await run(node, [script, ...modules])) as ProbeReport;

const sameOrThrow = (what: string, found: string[], expected: string[]): void => {
  const missing = expected.filter((name) => !found.includes(name));
  const extra = found.filter((name) => !expected.includes(name));
  if (missing.length === 0 && extra.length === 0) return;
  throw new Error(
    `${what} differs from its source: missing [${missing.join(', ')}], extra [${extra.join(', ')}]`,
  );
};

/** Every entry must export on this Node, by `require` and by `import`, what its source exports. */
const compare = (
  node: string,
  packed: ProbeReport,
  expected: ReadonlyMap<string, string[]>,
): void => {
  for (const [entry, names] of expected) {
    sameOrThrow(`require('${entry}') on Node ${node}`, packed[entry]?.require ?? [], names);
    sameOrThrow(`import('${entry}') on Node ${node}`, packed[entry]?.import ?? [], names);
  }
  console.log(`Node ${node}: require() and import() load ${[...expected.keys()].join(', ')}`);
};

/** What the source of each entry exports. */
const exportsOfSources = async (packages: Package[]): Promise<Map<string, string[]>> => {
  const entries = packages.flatMap((each) => [...each.entries]);
  const report = await probe(
    process.execPath,
    PROBE,
    entries.map(([, source]) => source),
  );
  return new Map(entries.map(([entry, source]) => [entry, report[source]?.import ?? []]));
};

/** What a worker loads at its start is one file, of a second copy of core, and works beside the first. */
const superviseOnce = async (node: string, binary: string, script: string): Promise<void> => {
  const printed = await run(binary, [script]);
  const expected = '[0] drained\nclean\n';
  if (printed !== expected)
    throw new Error(`a cluster on Node ${node} prints ${printed}, not ${expected}`);
  console.log(`Node ${node}: a worker that drains its server itself ends clean`);
};

const assertBundled = (folder: string): void => {
  for (const bundle of BUNDLES) {
    const file = join(folder, `node_modules/@holdfast/cluster/dist/${bundle.path}.js`);
    assertLight(readFileSync(file, 'utf8'), bundle);
  }
};

const tryEverywhere = async (packages: Package[], folder: string): Promise<void> => {
  const script = join(folder, 'probe.ts');
  const cluster = join(folder, 'cluster.ts');
  copyFileSync(PROBE, script);
  copyFileSync(CLUSTER, cluster);
  const expected = await exportsOfSources(packages);
  const binaries = new Map(OTHER_NODES.map((version) => [version, nodeBinary(version)]));
  for (const [version, binary] of binaries.set(process.versions.node, process.execPath)) {
    compare(version, await probe(binary, script, [...expected.keys()]), expected);
    await superviseOnce(version, binary, cluster);
  }
};

const folder = mkdtempSync(join(tmpdir(), 'holdfast-tarballs-'));
try {
  const packages = globSync('packages/*/package.json').flatMap((path) => readPackage(path) ?? []);
  const tarballs = await Promise.all(
    packages.map(async (each) => [each.name, `file:${await pack(each, folder)}`] as const),
  );
  await install(Object.fromEntries(tarballs), folder);
  assertBundled(folder);
  await tryEverywhere(packages, folder);
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true });
}
