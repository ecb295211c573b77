import type { Clock } from '@holdfast/core';
import { seededRandom } from '@holdfast/core/testing';
import { expect, test } from 'vitest';
import { systemClock } from '../../../core/src/runtime/system-clock.ts';
import { perform, StepSource, told } from '../../../core/test/stateless/model/steps.ts';
import { StoreModel } from '../../../core/test/stateless/model/store-model.ts';
import { Lines } from './support/lines.ts';

const SEED = Number(process.env['HOLDFAST_SEED'] ?? Math.floor(Math.random() * 2 ** 32));
const RUNS = 4;
const STEPS = 1_500;

/** A clock that is told the time. */
const toldClock = (): Clock & { at: number } => {
  const clock = { ...systemClock, at: 0, now: () => clock.at, wallNow: () => clock.at };
  return clock;
};

test(`stores of two workers answer ${RUNS * STEPS} steps as the model does, to the last bit (seed ${SEED})`, async () => {
  for (let run = 0; run < RUNS; run++) {
    const clock = toldClock();
    const source = new StepSource(seededRandom(SEED + run));
    const model = new StoreModel();
    await using lines = new Lines({ clock, maxKeys: 100 });
    const stores = [(await lines.connect(1)).store, (await lines.connect(2)).store] as const;
    let before = -Infinity;
    for (let number = 0; number < STEPS; number++) {
      const step = source.next();
      // Steps back are for the store that has them: a supervisor's clock has none.
      clock.at += Math.max(0, before === -Infinity ? step.now : step.now - before);
      before = step.now;
      const expected = told(model.answer({ ...step, now: clock.at }));
      const answer = await perform(stores[number % 2 === 0 ? 0 : 1], step);
      source.saw(step, answer);
      if (told(answer) === expected) continue;
      const where = { seed: SEED + run, number, step };
      expect({ ...where, answer: told(answer) }).toEqual({ ...where, answer: expected });
    }
  }
});
