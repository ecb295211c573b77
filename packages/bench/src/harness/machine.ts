import { readFileSync } from 'node:fs';
import { findPackageJSON } from 'node:module';
import os from 'node:os';

/** Where and on what the figures were taken. */
export interface Machine {
  readonly node: string;
  readonly v8: string;
  readonly platform: string;
  readonly cpu: string;
  readonly cores: number;
  /** Over the last minute, before the run: above 1 the figures are those of a busy machine. */
  readonly load: number;
  readonly packages: Readonly<Record<string, string>>;
}

const versionOf = (name: string): string => {
  const path = findPackageJSON(name, import.meta.url);
  if (path === undefined) throw new Error(`${name} is not installed`);
  const manifest: unknown = JSON.parse(readFileSync(path, 'utf8'));
  return typeof manifest === 'object' && manifest !== null && 'version' in manifest
    ? String(manifest.version)
    : 'unknown';
};

/** The machine, the runtime and the versions of the packages measured. */
export const describeMachine = (packages: readonly string[]): Machine => ({
  node: process.versions.node,
  v8: process.versions.v8,
  platform: `${process.platform} ${process.arch}`,
  cpu: os.cpus()[0]?.model.trim() ?? 'unknown',
  cores: os.availableParallelism(),
  load: os.loadavg()[0] ?? 0,
  packages: Object.fromEntries(packages.map((name) => [name, versionOf(name)])),
});
