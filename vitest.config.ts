import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['packages/*/test/**/*.test.ts', 'docs/**/*.test.ts', 'examples/*/test/**/*.test.ts'],
    coverage: {
      include: ['packages/{core,express,undici}/src/**/*.ts'],
      exclude: ['**/index.ts'],
      thresholds: { statements: 90, branches: 85, functions: 90, lines: 90 },
    },
  },
});
