import { execFileSync, execSync } from 'node:child_process';
import { delimiter, dirname } from 'node:path';

/** The oldest Node the packages promise to run on, and the other LTS line. Scripts themselves run on Node 26. */
export const OTHER_NODES: readonly string[] = ['22.19.0', '24.21.0'];

/**
 * Path of that version's binary, from the npm package `node`. npx keeps it in npm's cache, so
 * the first call takes seconds and later ones work offline; `pnpm install` stays small.
 */
export const nodeBinary = (version: string): string => {
  const path = execSync(`npx -y -p node@${version} -c "node -p process.execPath"`, {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, npm_config_loglevel: 'error' },
  }).trim();
  const found = execFileSync(path, ['--version'], { encoding: 'utf8' }).trim();
  if (found !== `v${version}`)
    throw new Error(`asked npx for Node ${version}, got ${found} (${path})`);
  return path;
};

/** An environment in which child processes find this Node first. */
export const environmentOf = (binary: string): NodeJS.ProcessEnv => ({
  ...process.env,
  PATH: `${dirname(binary)}${delimiter}${process.env['PATH'] ?? ''}`,
});
