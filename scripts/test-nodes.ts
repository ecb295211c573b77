// Runs the test suite on the supported versions of Node that `pnpm test` does not use.
import { spawnSync } from 'node:child_process';
import { environmentOf, nodeBinary, OTHER_NODES } from './node-versions.ts';

for (const version of OTHER_NODES) {
  console.log(`\nTests on Node ${version}`);
  const binary = nodeBinary(version);
  const { status } = spawnSync(binary, ['node_modules/vitest/vitest.mjs', 'run'], {
    stdio: 'inherit',
    env: environmentOf(binary),
  });
  if (status !== 0) {
    console.error(`Tests failed on Node ${version}`);
    process.exitCode = 1;
  }
}
