import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const CACHE = fileURLToPath(
  new URL('../../../../../node_modules/.cache/holdfast-peers/', import.meta.url),
);
const INSTALL_MS = 180_000;

/** A peer that is no dependency of this repository, for its size or its licence, and is fetched where asked for. */
export interface Fetched {
  readonly name: string;
  readonly version: string;
  /** With the versions they are to have. */
  readonly packages: readonly string[];
  /** Where its command is, from the folder of packages. */
  readonly command: string;
}

/** Folder of its packages; installs them the first time. Throws where they cannot be had. */
export const folderOf = ({ name, version, packages, command }: Fetched): string => {
  const folder = join(CACHE, `${name}-${version}`);
  const modules = join(folder, 'node_modules');
  if (existsSync(join(modules, command))) return modules;
  mkdirSync(folder, { recursive: true });
  const quiet = ['--no-audit', '--no-fund', '--loglevel=error'];
  execFileSync('npm', ['install', '--prefix', folder, ...quiet, ...packages], {
    stdio: ['ignore', 'ignore', 'pipe'],
    timeout: INSTALL_MS,
  });
  return modules;
};

/** Whether it can be had; tells on standard error why not. */
export const isThere = (peer: Fetched): boolean => {
  try {
    folderOf(peer);
    return true;
  } catch (error) {
    const why = error instanceof Error ? (error.message.split('\n', 1)[0] ?? '') : String(error);
    console.error(`${peer.name} ${peer.version} could not be installed, and has no rows: ${why}`);
    return false;
  }
};
