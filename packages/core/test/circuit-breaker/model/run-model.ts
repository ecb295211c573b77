import type fc from 'fast-check';
import { asyncModelRun, commands, modelRun, oneof } from 'fast-check';
import { advance, createModel, modelSnapshot, nextMoment } from './breaker-model.ts';
import type { Model, Ticket } from './breaker-model.ts';
import type { Handle } from './handle.ts';
import { reactions } from './reactions.ts';
import { createRig, observedTypes, rigSnapshot, WALL_START } from './rig.ts';
import type { Rig } from './rig.ts';
import type { Settings } from './settings.ts';
import type { Steps } from './commands.ts';
import type { Step } from './steps.ts';

type SyncSequence = Iterable<fc.Command<Model, Rig>>;
type AsyncSequence = Iterable<fc.AsyncCommand<Model, Rig>>;

const start = (settings: Settings): { model: Model; real: Rig } => ({
  model: createModel(settings, WALL_START),
  real: createRig(settings),
});

const LONGEST = { maxCommands: 200, size: 'max' } as const;

/** Up to 200 steps without a promise; half of the sequences without operators. */
export const syncSequences = ({ calm, controlled }: Steps): fc.Arbitrary<SyncSequence> =>
  oneof(
    commands([calm.map(syncCommand)], LONGEST),
    commands([controlled.map(syncCommand)], LONGEST),
  );

/** As `syncSequences`, with promises. */
export const asyncSequences = ({ calm, controlled }: Steps): fc.Arbitrary<AsyncSequence> =>
  oneof(
    commands([calm.map(asyncCommand)], LONGEST),
    commands([controlled.map(asyncCommand)], LONGEST),
  );

/** Runs steps one after another without a promise, and looks at the reports at the end. */
export const runSynchronously = async (settings: Settings, steps: SyncSequence): Promise<void> => {
  const setup = start(settings);
  modelRun(() => setup, steps);
  await reactions();
  compareReports(setup.model, setup.real);
};

/** The breaker after each of some steps that need no promise, whatever the model says of them. */
export function* reachInSteps(settings: Settings, steps: readonly Step[]): Generator<Rig, void> {
  const { model, real } = start(settings);
  for (const step of steps) {
    if (step.possible?.(model) === false) continue;
    step.run(model, real);
    const ms = step.passes?.(model) ?? 0;
    advance(model, ms);
    real.clock.advance(ms);
    yield real;
  }
}

/** The breaker after all of them. */
export const reach = (settings: Settings, steps: readonly Step[]): Rig => {
  let last: Rig | undefined;
  for (const rig of reachInSteps(settings, steps)) last = rig;
  return last ?? start(settings).real;
};

/** Runs steps, and lets promise reactions run after each. */
export const runWithPromises = (settings: Settings, steps: AsyncSequence): Promise<void> =>
  asyncModelRun(() => start(settings), steps);

/** A step that needs no promise. */
const syncCommand = (step: Step): fc.Command<Model, Rig> => ({
  check: (model) => step.possible?.(model) ?? true,
  run: (model, rig) => {
    step.run(model, rig);
    const ms = step.passes?.(model) ?? 0;
    advance(model, ms);
    rig.clock.advance(ms);
    compare(model, rig);
  },
  toString: () => step.name,
});

/** A step after which promise reactions run; while time passes they run at each moment. */
const asyncCommand = (step: Step): fc.AsyncCommand<Model, Rig> => ({
  check: (model) => step.possible?.(model) ?? true,
  run: async (model, rig) => {
    step.run(model, rig);
    await reactions();
    await passTime(model, rig, step.passes?.(model));
    compare(model, rig);
    compareReports(model, rig);
  },
  toString: () => step.name,
});

const passTime = async (model: Model, rig: Rig, ms: number | undefined): Promise<void> => {
  if (ms === undefined) return;
  const end = model.now + ms;
  for (let left = ms; left >= 0; left = model.now < end ? end - model.now : -1) {
    const part = Math.min(left, Math.max(0, nextMoment(model) - model.now));
    advance(model, part);
    rig.clock.advance(part);
    await reactions();
  }
};

const compare = (model: Model, rig: Rig): void => {
  same('snapshot', rigSnapshot(rig), modelSnapshot(model));
  same('calls', rig.handles.map(handleView), model.tickets.map(ticketView));
  for (const type of observedTypes(model.settings)) {
    same(`events "${type}"`, rig.trace[type], model.trace[type]);
  }
  same('probes', probesOf(rig), probesExpected(model, rig));
  same('faults', rig.faults, []);
};

/** What listeners and judges threw is told in microtasks. */
const compareReports = (model: Model, rig: Rig): void => {
  same('reports', heard(rig, 'listener') + heard(rig, 'judge'), model.reports);
  same('rejections', heard(rig, 'rejection'), model.rejections);
};

const heard = ({ reports }: Rig, message: string): number =>
  reports.filter((error) => error instanceof Error && error.message === message).length;

const handleView = ({ status, code, retryAfterMs }: Handle): unknown[] => [
  status,
  code,
  retryAfterMs,
];
const ticketView = ({ status, code, retryAfterMs }: Ticket): unknown[] => [
  status,
  code,
  retryAfterMs,
];

const probesOf = ({ handles }: Rig): unknown[] => handles.map(({ permit }) => permit?.probe);

const probesExpected = ({ tickets }: Model, rig: Rig): unknown[] =>
  tickets.map(({ id, probe }) => (rig.handles[id]?.permit === undefined ? undefined : probe));

/** Compared as text: it is ten times faster than by `expect`, and there is nothing in them but plain data. */
const same = (what: string, actual: unknown, expected: unknown): void => {
  const got = JSON.stringify(actual);
  const wanted = JSON.stringify(expected);
  if (got !== wanted) throw new Error(`${what} differ\n     got ${got}\nexpected ${wanted}`);
};
