import fc from 'fast-check';
import { patches } from './arbitraries.ts';
import type { Ending, Tag } from './breaker-model.ts';
import {
  actingListenerStep,
  disposeStep,
  isolateStep,
  listenerStep,
  openStep,
  readStep,
  releaseStep,
  resetStep,
  restoreGarbageStep,
  restoreStep,
  saveStep,
  setModeStep,
  updateStep,
} from './control-steps.ts';
import {
  abortStep,
  acquireStep,
  advanceStep,
  executeStep,
  executeSyncStep,
  jumpWallStep,
  rejectPermitStep,
  settleCallStep,
  settlePermitStep,
  tryAcquireStep,
} from './steps.ts';
import type { Passing, PermitEnding, Step } from './steps.ts';

type Weighted = fc.WeightedArbitrary<Step>;
const of = <T>(...values: T[]): fc.Arbitrary<T> => fc.constantFrom(...values);
const weigh = (weight: number, arbitrary: fc.Arbitrary<Step>): Weighted => ({ weight, arbitrary });
const index = fc.nat(5);

const tag: fc.Arbitrary<Tag> = fc.oneof(
  { weight: 6, arbitrary: of<Tag>('success', 'failure', 'slow', 'ignore', 'failure') },
  { weight: 1, arbitrary: of<Tag>('throws', 'resets', 'opens') },
  { weight: 1, arbitrary: of<Tag>({ openForMs: 64 }, { openForMs: 256 }, { openForMs: 4096 }) },
);

/** How calls end: most of them well or badly, some in every other way. */
const endings: fc.Arbitrary<Ending> = fc.oneof(
  { weight: 6, arbitrary: tag.map((each): Ending => ({ kind: 'value', tag: each })) },
  { weight: 5, arbitrary: tag.map((each): Ending => ({ kind: 'error', tag: each })) },
  {
    weight: 3,
    arbitrary: of<Ending>(
      { kind: 'abort-error' },
      { kind: 'timeout-error' },
      { kind: 'abort-by-timeout' },
      { kind: 'hf-timeout' },
      { kind: 'hedge-lost' },
      { kind: 'deadline' },
      { kind: 'refusal', code: 'HF_CIRCUIT_OPEN' },
      { kind: 'refusal', code: 'HF_DISPOSED' },
    ),
  },
);

/** What an adapter hands to `permit.reject`. */
const errorEndings: fc.Arbitrary<Ending> = fc.oneof(
  { weight: 2, arbitrary: tag.map((each): Ending => ({ kind: 'error', tag: each })) },
  {
    weight: 3,
    arbitrary: of<Ending>(
      { kind: 'abort-error' },
      { kind: 'timeout-error' },
      { kind: 'abort-by-timeout' },
      { kind: 'hf-timeout' },
      { kind: 'hedge-lost' },
      { kind: 'deadline', afterMs: 1000 },
      { kind: 'refusal', code: 'HF_PROBE_LIMIT' },
    ),
  },
);

const syncEndings: fc.Arbitrary<Ending> = fc.oneof(
  tag.map((each): Ending => ({ kind: 'value', tag: each })),
  tag.map((each): Ending => ({ kind: 'error', tag: each })),
  of<Ending>({ kind: 'thenable' }, { kind: 'timeout-error' }, { kind: 'abort-error' }),
);

const permitEndings: fc.Arbitrary<PermitEnding> = fc.oneof(
  { weight: 5, arbitrary: of<PermitEnding>({ by: 'success' }) },
  { weight: 4, arbitrary: of<PermitEnding>({ by: 'failure' }) },
  {
    weight: 2,
    arbitrary: of<PermitEnding>(
      { by: 'ignore' },
      { by: 'dispose' },
      { by: 'failure', openForMs: 64 },
      { by: 'failure', openForMs: 512 },
    ),
  },
);

const passings: fc.Arbitrary<Passing> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ ms: of(0, 1, 5, 9, 10, 20, 30, 50, 100, 333, 1000) }) },
  {
    weight: 5,
    arbitrary: fc.record({
      to: of<'break' | 'lease' | 'ramp' | 'wait' | 'stable' | 'slice' | 'streak'>(
        'break',
        'break',
        'lease',
        'ramp',
        'wait',
        'stable',
        'slice',
        'streak',
      ),
      plusMs: of(-1, 0, 0, 1),
    }),
  },
);

const GARBAGE: readonly (readonly [string, (saved: object) => unknown])[] = [
  ['nothing', () => undefined],
  ['null', () => null],
  ['a string', (saved) => JSON.stringify(saved)],
  ['an empty object', () => ({})],
  ['an unknown version', (saved) => ({ ...saved, version: 2 })],
  ['an unknown state', (saved) => ({ ...saved, state: 'HALF_OPEN' })],
  ['an unknown field', (saved) => ({ ...saved, mode: 'automatic' })],
  ['a break that is no number', (saved) => ({ ...saved, openForMs: Number.NaN })],
  ['a negative count', (saved) => ({ ...saved, consecutiveOpens: -1 })],
  ['windows of an unknown kind', (saved) => ({ ...saved, windows: [{ kind: 'other' }] })],
];

/** What every sequence does beside its calls. */
const surroundings: Weighted[] = [
  weigh(480, passings.map(advanceStep)),
  weigh(20, of(-5000, -50, 50, 5000).map(jumpWallStep)),
  weigh(20, of('noop' as const, 'throws' as const, 'rejects' as const).map(listenerStep)),
  weigh(20, of(undefined).map(readStep)),
];

/** What operators do. In half of the sequences nobody does, so that the machine is left to itself. */
const controls: Weighted[] = [
  weigh(20, of('deploy', 'incident').map(isolateStep)),
  weigh(
    40,
    index.map((at) => releaseStep(at, false)),
  ),
  weigh(
    6,
    index.map((at) => releaseStep(at, true)),
  ),
  weigh(
    40,
    of('automatic' as const, 'automatic' as const, 'disabled' as const, 'shadow' as const).map(
      setModeStep,
    ),
  ),
  weigh(20, of(undefined, 0, 48, 2000).map(openStep)),
  weigh(10, of(undefined).map(resetStep)),
  weigh(40, patches.map(updateStep)),
  weigh(20, of(undefined).map(saveStep)),
  weigh(
    20,
    fc.tuple(index, fc.boolean()).map(([at, throughJson]) => restoreStep(at, throughJson)),
  ),
  weigh(
    10,
    of(...GARBAGE).map(([name, garble]) => restoreGarbageStep(name, garble)),
  ),
  weigh(
    20,
    of(
      'reset' as const,
      'open' as const,
      'isolate' as const,
      'tryAcquire' as const,
      'shadow' as const,
      'restore' as const,
    ).map(actingListenerStep),
  ),
  // Rare: after it little happens, so it would shorten every sequence.
  weigh(1, of(undefined).map(disposeStep)),
];

const aborts = of('abort' as const, 'custom' as const, 'timeout' as const, 'hf-timeout' as const);

const permits: Weighted[] = [
  weigh(480, of(undefined).map(tryAcquireStep)),
  weigh(
    480,
    fc.tuple(index, permitEndings).map(([at, ending]) => settlePermitStep(at, ending, false)),
  ),
  weigh(
    20,
    fc.tuple(index, permitEndings).map(([at, ending]) => settlePermitStep(at, ending, true)),
  ),
  weigh(
    80,
    fc
      .tuple(index, errorEndings, fc.option(aborts, { nil: undefined, freq: 2 }))
      .map(([at, ending, aborted]) => rejectPermitStep(at, ending, aborted)),
  ),
];

const syncCalls: Weighted[] = [weigh(80, syncEndings.map(executeSyncStep))];

const entrances = of('execute' as const, 'execute' as const, 'attempt' as const, 'wrap' as const);
const said = of('nothing' as const, 'nothing' as const, 'signal' as const, 'deadline' as const);

const calls: Weighted[] = [
  weigh(
    480,
    fc.tuple(entrances, said).map(([entrance, words]) => executeStep(entrance, words)),
  ),
  weigh(
    520,
    fc.tuple(index, endings).map(([at, ending]) => settleCallStep(at, ending)),
  ),
  weigh(
    60,
    fc
      .tuple(index, aborts, fc.boolean())
      .map(([at, kind, waiting]) => abortStep(at, kind, waiting)),
  ),
];

const waits: Weighted[] = [weigh(160, of(undefined).map(acquireStep))];

/** Steps of a sequence that is left to itself, and of one with operators. */
export interface Steps {
  readonly calm: fc.Arbitrary<Step>;
  readonly controlled: fc.Arbitrary<Step>;
}

/** Printed by its name where a property fails. */
const named = (each: Step): Step => Object.assign(each, { [fc.toStringMethod]: () => each.name });

const steps = (...groups: Weighted[][]): Steps => ({
  calm: fc.oneof(...surroundings, ...groups.flat()).map(named),
  controlled: fc.oneof(...surroundings, ...controls, ...groups.flat()).map(named),
});

/** Everything that needs no promise. */
export const permitSteps: Steps = steps(permits, syncCalls);
/** Calls whose promise the test settles. */
export const callSteps: Steps = steps(calls);
/** All of it. */
export const mixedSteps: Steps = steps(permits, syncCalls, calls, waits);
