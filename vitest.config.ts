import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { ClosingLineReporter } from './scripts/closing-line-reporter.ts';

// `HOLDFAST_UNDICI=7` runs the tests of the adapter against the older major that it supports.
const older = process.env['HOLDFAST_UNDICI'] === '7';

export default defineConfig({
  test: {
    // On two cores vitest would have one worker, and most tests wait for sockets and timers.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    // Only against what hangs: some properties compute for a second, and ten on a machine with much else to do.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    expect: { poll: { timeout: 20_000 } },
    alias: older ? { undici: 'undici7' } : {},
    // Those of transparency run both majors side by side themselves.
    exclude: ['**/node_modules/**', ...(older ? ['**/transparency/**'] : [])],
    include: ['packages/*/test/**/*.test.ts', 'docs/**/*.test.ts', 'examples/*/test/**/*.test.ts'],
    reporters: ['default', new ClosingLineReporter()],
    coverage: {
      include: ['packages/*/src/**/*.ts'],
      exclude: ['**/index.ts', 'packages/bench/**'],
      thresholds: { statements: 90, branches: 85, functions: 90, lines: 90 },
    },
  },
});
