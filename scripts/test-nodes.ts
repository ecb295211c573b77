// Runs the test suite on the supported versions of Node that `pnpm test` does not use, and the adapter of
// undici with the older major that it supports.
import { spawnSync } from 'node:child_process';
import { environmentOf, nodeBinary, OTHER_NODES } from './node-versions.ts';

const run = (binary: string, parts: readonly string[], environment: NodeJS.ProcessEnv): void => {
  const { status } = spawnSync(binary, ['node_modules/vitest/vitest.mjs', 'run', ...parts], {
    stdio: 'inherit',
    env: { ...environmentOf(binary), ...environment },
  });
  if (status !== 0) process.exitCode = 1;
};

for (const version of OTHER_NODES) {
  console.log(`\nTests on Node ${version}`);
  run(nodeBinary(version), [], {});
}

console.log('\nTests of the adapter with undici 7');
run(process.execPath, ['packages/undici'], { HOLDFAST_UNDICI: '7' });

if (process.exitCode === 1) console.error('Tests failed; see above for where');
