import { describe, expect, it } from 'vitest';
import type { Rig } from './rig.ts';
import { runScenario, type Scenario } from './run-scenario.ts';
import { MISTAKES } from './scenarios/self-check.ts';
import { THEMES } from './themes.ts';

/** Far above what a scenario takes that goes well: those that fail wait for what never comes. */
const TIME_LIMIT_MS = 20_000;

/** Mistakes are waited for in vain. */
const SHORT_PATIENCE_MS = 100;

/** What was promised for each framework. */
const FEWEST = 120;

const titled = <T extends { readonly title: string }>(cases: readonly T[]) =>
  cases.map((each) => ({ title: each.title, each }));

const fitting = (scenarios: readonly Scenario[], { name }: Rig): readonly Scenario[] =>
  scenarios.filter(({ only = name }) => only === name);

/** Makes a test of each scenario of a theme that the framework of the rig can run. */
export const conformance = (rig: Rig, theme: keyof typeof THEMES): void => {
  describe(`${rig.name}: ${theme}`, () => {
    it.each(titled(fitting(THEMES[theme], rig)))(
      '$title',
      async ({ each }) => {
        expect(await runScenario(rig, each)).toEqual([]);
      },
      TIME_LIMIT_MS,
    );
  });
};

/** Makes a test of each mistake, which must be found, and looks whether the suite is whole. */
export const selfCheck = (rig: Rig): void => {
  describe(`the suite for ${rig.name} finds`, () => {
    it.each(titled(MISTAKES))(
      '$title',
      async ({ each }) => {
        const problems = await runScenario(rig, each, SHORT_PATIENCE_MS);
        expect(problems.join('\n')).toMatch(each.found);
      },
      TIME_LIMIT_MS,
    );
  });

  describe(`the suite for ${rig.name}`, () => {
    it('has enough scenarios, each with a title of its own', () => {
      const titles = fitting(Object.values(THEMES).flat(), rig).map(({ title }) => title);
      expect(titles.length).toBeGreaterThanOrEqual(FEWEST);
      expect(new Set(titles).size).toBe(titles.length);
    });
  });
};
