import { execFileSync } from 'node:child_process';
import { copyFileSync, cpSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Keeping } from '../../faults/processes/keeping.ts';

const ROOT = fileURLToPath(new URL('../../../../../', import.meta.url));
const PACKAGES = ['core', 'cluster'] as const;
const OWN = ['holdfast-primary.ts', 'talk.ts'] as const;

interface Manifest {
  readonly exports: unknown;
  readonly publishConfig: { readonly exports: unknown };
}

/** One package as npm would install it: what tests run is TypeScript, and that takes its time to load. */
const install = (name: (typeof PACKAGES)[number], folder: string): void => {
  const source = join(ROOT, 'packages', name);
  const target = join(folder, 'node_modules', '@holdfast', name);
  cpSync(join(source, 'dist'), join(target, 'dist'), { recursive: true });
  const manifest = JSON.parse(readFileSync(join(source, 'package.json'), 'utf8')) as Manifest;
  const published = { ...manifest, ...manifest.publishConfig };
  writeFileSync(join(target, 'package.json'), JSON.stringify(published));
};

/** Builds Holdfast, installs it into a folder of its own, and gives the path of the program that uses it there. */
export const stageHoldfast = (keeping: Keeping): string => {
  execFileSync(
    process.execPath,
    ['node_modules/typescript/bin/tsc', '-b', ...PACKAGES.map((name) => `packages/${name}`)],
    { cwd: ROOT, stdio: ['ignore', 'inherit', 'inherit'] },
  );
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-staged-'));
  keeping.add({ folder });
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ type: 'module' }));
  for (const name of PACKAGES) {
    mkdirSync(join(folder, 'node_modules', '@holdfast', name), { recursive: true });
    install(name, folder);
  }
  for (const file of OWN) copyFileSync(new URL(file, import.meta.url), join(folder, file));
  return join(folder, 'holdfast-primary.ts');
};
