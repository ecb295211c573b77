import type { Reporter, SerializedError, TestCase, TestModule } from 'vitest/node';

type State = ReturnType<TestCase['result']>['state'];

const countTests = (modules: readonly TestModule[]): Record<State, number> => {
  const counts: Record<State, number> = { passed: 0, failed: 0, skipped: 0, pending: 0 };
  for (const module of modules) {
    for (const test of module.children.allTests()) counts[test.result().state] += 1;
  }
  return counts;
};

/** Errors outside any test, such as a file that does not load or a broken `beforeAll`. */
const countErrors = (module: TestModule): number => {
  let errors = module.errors().length;
  for (const suite of module.children.allSuites()) errors += suite.errors().length;
  return errors;
};

/**
 * Ends a run with `N passed, N failed, N skipped` alone on a line, for tools that read logs.
 * An error outside any test counts as failed, so a red run never reads `0 failed`; a test
 * that never ran counts as skipped.
 */
export class ClosingLineReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly SerializedError[]): void {
    const { passed, failed, skipped, pending } = countTests(modules);
    const errors = modules.reduce((sum, module) => sum + countErrors(module), unhandled.length);
    console.log(`${passed} passed, ${failed + errors} failed, ${skipped + pending} skipped`);
  }
}
