import { describe, expect, it } from 'vitest';
import type { Rig } from './rig.ts';
import { runScenario, type Scenario } from './run-scenario.ts';
import type { Mistake } from './scenarios/self-check.ts';

/** Far above what a scenario takes that goes well: those that fail wait for what never comes. */
const TIME_LIMIT_MS = 20_000;

/** Mistakes are waited for in vain. */
const SHORT_PATIENCE_MS = 100;

/** Makes a test of each scenario that the framework of the rig can run. */
export const conformance = (rig: Rig, scenarios: readonly Scenario[]): void => {
  const fitting = scenarios.filter(({ only = rig.name }) => only === rig.name);
  describe(rig.name, () => {
    it.each(fitting.map((scenario) => ({ title: scenario.title, scenario })))(
      '$title',
      async ({ scenario }) => {
        expect(await runScenario(rig, scenario)).toEqual([]);
      },
      TIME_LIMIT_MS,
    );
  });
};

/** Makes a test of each mistake: it must be found. */
export const selfCheck = (rig: Rig, mistakes: readonly Mistake[]): void => {
  describe(`the suite for ${rig.name} finds`, () => {
    it.each(mistakes.map((mistake) => ({ title: mistake.title, mistake })))(
      '$title',
      async ({ mistake }) => {
        const problems = await runScenario(rig, mistake, SHORT_PATIENCE_MS);
        expect(problems.join('\n')).toMatch(mistake.found);
      },
      TIME_LIMIT_MS,
    );
  });
};
