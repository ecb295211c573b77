import { execFileSync } from 'node:child_process';
import {
  copyFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Keeping } from '../../faults/processes/keeping.ts';

const ROOT = fileURLToPath(new URL('../../../../../', import.meta.url));
const PACKAGES = ['core', 'cluster'] as const;
type Name = (typeof PACKAGES)[number];
const folderOf = (name: Name): string => join(ROOT, 'packages', name);
const PROGRAM = new URL('holdfast-primary.ts', import.meta.url);
const OWN = [PROGRAM, new URL('talk.ts', import.meta.url)] as const;

interface Manifest {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly exports: unknown;
  readonly publishConfig: { readonly exports: unknown };
}

const isForeign = (dependency: string): boolean => !dependency.startsWith('@holdfast/');

/** Lets a package find what it depends on, where its source finds it. */
const link = (dependency: string, source: string, target: string): void => {
  const path = join(target, 'node_modules', dependency);
  mkdirSync(dirname(path), { recursive: true });
  symlinkSync(realpathSync(join(source, 'node_modules', dependency)), path);
};

/** One package as npm would install it: what tests run is TypeScript, and that takes its time to load. */
const install = (name: Name, folder: string): void => {
  const source = folderOf(name);
  const target = join(folder, 'node_modules', '@holdfast', name);
  cpSync(join(source, 'dist'), join(target, 'dist'), { recursive: true });
  const manifest = JSON.parse(readFileSync(join(source, 'package.json'), 'utf8')) as Manifest;
  const published = { ...manifest, ...manifest.publishConfig };
  writeFileSync(join(target, 'package.json'), JSON.stringify(published));
  const foreign = Object.keys(manifest.dependencies ?? {}).filter(isForeign);
  for (const dependency of foreign) link(dependency, source, target);
};

/** What is wrong goes to standard error: standard output belongs to the report. */
const run = (...args: readonly string[]): void => {
  execFileSync(process.execPath, args, { cwd: ROOT, stdio: ['ignore', 2, 'inherit'] });
};

/** As `pnpm build` does; the compiler writes what it can where the types are wrong, and does not go on. */
const build = (): void => {
  try {
    run('--run', 'build');
  } catch {
    console.error('the types are wrong: the figures are those of what the compiler made of it');
    run('scripts/bundle-boot.ts');
  }
};

/** Builds Holdfast, installs it into a folder of its own, and gives the path of the program that uses it there. */
export const stageHoldfast = (keeping: Keeping): string => {
  build();
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-staged-'));
  keeping.add({ folder });
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ type: 'module' }));
  for (const name of PACKAGES) {
    mkdirSync(join(folder, 'node_modules', '@holdfast', name), { recursive: true });
    install(name, folder);
  }
  for (const file of OWN) copyFileSync(file, join(folder, basename(file.pathname)));
  return join(folder, basename(PROGRAM.pathname));
};
