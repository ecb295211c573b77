import { describe, expect, it } from 'vitest';
import { runScenario } from '../conformance/run-scenario.ts';
import type { SessionRig } from './rig.ts';
import { ANSWER_SCENARIOS } from './scenarios/answers.ts';
import { BASIC_SCENARIOS } from './scenarios/basics.ts';
import { CLIENT_SCENARIOS } from './scenarios/clients.ts';
import { COMPRESSION_SCENARIOS } from './scenarios/compression.ts';
import { GUARD_SCENARIOS } from './scenarios/guards.ts';
import { HOLD_SCENARIOS } from './scenarios/holds.ts';
import { LENGTH_SCENARIOS } from './scenarios/lengths.ts';
import { LOSS_SCENARIOS } from './scenarios/losses.ts';
import { RACE_SCENARIOS } from './scenarios/races.ts';
import { scenariosFor } from './stage.ts';

const SCENARIOS = [
  BASIC_SCENARIOS,
  ANSWER_SCENARIOS,
  HOLD_SCENARIOS,
  LENGTH_SCENARIOS,
  COMPRESSION_SCENARIOS,
  RACE_SCENARIOS,
  LOSS_SCENARIOS,
  GUARD_SCENARIOS,
  CLIENT_SCENARIOS,
].flat();

/** Far above what a scenario takes that goes well: those that fail wait for what never comes. */
const TIME_LIMIT_MS = 20_000;

/** Makes a test of each scenario of sessions that the framework of the rig can run. */
export const sessionSuite = (rig: SessionRig): void => {
  const scenarios = scenariosFor(rig, SCENARIOS);
  describe(`${rig.rig.name}: sessions`, () => {
    it.each(scenarios.map((scenario) => ({ title: scenario.title, scenario })))(
      '$title',
      async ({ scenario }) => {
        expect(await runScenario(rig.rig, scenario)).toEqual([]);
      },
      TIME_LIMIT_MS,
    );

    it('has scenarios with a title of their own', () => {
      expect(new Set(scenarios.map(({ title }) => title)).size).toBe(scenarios.length);
    });
  });
};
