import { defineConfig } from 'vitest/config';
import { ClosingLineReporter } from './scripts/closing-line-reporter.ts';

export default defineConfig({
  test: {
    include: ['packages/*/test/**/*.test.ts', 'docs/**/*.test.ts', 'examples/*/test/**/*.test.ts'],
    reporters: ['default', new ClosingLineReporter()],
    coverage: {
      include: ['packages/*/src/**/*.ts'],
      exclude: ['**/index.ts', 'packages/bench/**'],
      thresholds: { statements: 90, branches: 85, functions: 90, lines: 90 },
    },
  },
});
