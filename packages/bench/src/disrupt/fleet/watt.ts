import { existsSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from './commands.ts';
import { environmentOf } from './environment.ts';
import { WORKERS, type Contestant, type FleetParts } from './fleet.ts';
import { freePort } from './free-port.ts';
import { folderOf, type Fetched } from './installed.ts';
import { startSingle } from './single.ts';

export const WATT: Fetched = {
  name: 'watt',
  version: '3.65.0',
  packages: ['wattpm@3.65.0', '@platformatic/node@3.65.0'],
  command: 'wattpm/bin/cli.js',
};

/** Files that make the deployed service one of Watt. */
const configure = (
  { deployment: { folder }, workers = WORKERS }: FleetParts,
  port: number,
): void => {
  const modules = join(folder, 'node_modules');
  if (!existsSync(modules)) symlinkSync(folderOf(WATT), modules);
  const manifest = { name: 'service', type: 'module', private: true };
  writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest));
  const config = {
    module: '@platformatic/node',
    node: { main: 'current.mjs' },
    runtime: { server: { hostname: '127.0.0.1', port }, workers, logger: { level: 'error' } },
  };
  writeFileSync(join(folder, 'watt.json'), JSON.stringify(config));
};

/** Watt, whose workers are threads of one process. */
export const watt: Contestant = {
  name: 'Watt',
  side: 'peer',
  start: async (parts) => {
    const { binary, deployment } = parts;
    const port = await freePort();
    configure(parts, port);
    const env = environmentOf(parts, port);
    const command = join(folderOf(WATT), WATT.command);
    const restart = async (pid: number) => {
      const args = [command, 'restart', String(pid)];
      const { ok, stderr } = await run({ binary, args, env, cwd: deployment.folder });
      return { ok, detail: stderr };
    };
    return startSingle({ args: [command, 'start'], env, port, reload: restart }, parts);
  },
};
