import { describe, expect, test } from 'vitest';
import { MemoryEngine } from '../../../src/stateless/memory/memory-engine.ts';
import { seededRandom } from '../../../src/testing/index.ts';
import { perform, StepSource, told, type Step } from '../model/steps.ts';
import { StoreModel } from '../model/store-model.ts';

const SEED = Number(process.env['HOLDFAST_SEED'] ?? Math.floor(Math.random() * 2 ** 32));
const RUNS = 40;
const STEPS = 1_500;

/** What happened, in a word: a run in which something never did shows little. */
const outcomeOf = (step: Step, answer: unknown): string => {
  const { units, ok, reason, held, renewed } = Object(answer) as Record<string, unknown>;
  const words = [units === undefined ? undefined : Math.sign(Number(units)), ok, reason, held];
  const rest = [renewed, typeof answer === 'string' ? answer : undefined];
  const all = [...words, ...rest].filter((word) => word !== undefined);
  return [step.does, ...all].join(' ');
};

const run = (seed: number, outcomes: Map<string, number>): void => {
  const source = new StepSource(seededRandom(seed));
  const model = new StoreModel();
  let now = 0;
  const engine = new MemoryEngine({
    name: 'memory',
    maxKeys: 100,
    now: () => now,
    fenceOffset: 0,
    tell: () => undefined,
  });
  for (let number = 0; number < STEPS; number++) {
    const step = source.next();
    now = step.now;
    const expected = model.answer(step);
    const answer = perform(engine, step);
    if (told(answer) !== told(expected)) {
      expect({ seed, number, step, answer: told(answer) }).toEqual({
        seed,
        number,
        step,
        answer: told(expected),
      });
    }
    source.saw(step, answer);
    const outcome = outcomeOf(step, answer);
    outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
  }
};

describe('the engine in memory', () => {
  test(`answers 60,000 steps as the model does, on a clock that is up to 30 s off (seed ${SEED})`, () => {
    const outcomes = new Map<string, number>();
    for (let number = 0; number < RUNS; number++) run(SEED + number, outcomes);
    const few = [...outcomes].filter(([, times]) => times < 100);
    expect(few).toEqual([]);
    expect([...outcomes.keys()].sort()).toEqual([
      'count -1',
      'count 0',
      'count 1',
      'lease false',
      'lease true false',
      'lease true true',
      'read',
      'release',
      'remove',
      'take -1',
      'take 0',
      'take 1',
      'touch gone',
      'touch ok',
      'write false conflict',
      'write false gone',
      'write true',
    ]);
  });
});
