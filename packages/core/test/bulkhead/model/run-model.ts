import fc from 'fast-check';
import { pass } from './bulkhead-model.ts';
import { command, conclusion, patience, type Command } from './commands.ts';
import { createRig, type Rig } from './rig.ts';
import type { Settings } from './settings.ts';
import { createModel, modelSnapshot, type Model } from './state.ts';

/** Compared as text: it is far faster than by `expect`, and there is nothing in them but plain data. */
const same = (what: string, actual: unknown, expected: unknown): void => {
  const got = JSON.stringify(actual);
  const wanted = JSON.stringify(expected);
  if (got !== wanted) throw new Error(`${what} differ\n     got ${got}\nexpected ${wanted}`);
};

const statuses = (all: readonly { readonly status: string }[]): string[] =>
  all.map(({ status }) => status);

interface Setup {
  readonly model: Model;
  readonly real: Rig;
  /** The most that may be inside: more than `concurrency` after that was lowered. */
  ceiling: number;
  /** Whether slots were held until work had ended all the time, so that late work counts as inside. */
  strict: boolean;
}

/** What must hold whatever the model says. */
const assertInvariants = ({ bulkhead, handles }: Rig, { ceiling, strict }: Setup): void => {
  const { inFlight, lateInFlight, waiting, ...counts } = bulkhead.snapshot();
  const { admitted, refused, expired, aborted } = counts;
  if (inFlight > ceiling) throw new Error(`${inFlight} inside where ${ceiling} may be`);
  same('arrivals', admitted + refused + expired + aborted + waiting, handles.length);
  const held = handles.filter(({ permit, status }) => permit !== undefined && status === 'inside');
  const atWork = handles.filter(({ working }) => working).length + held.length;
  const most = strict ? ceiling : inFlight + lateInFlight;
  if (atWork > most) throw new Error(`${atWork} at work where ${most} may be`);
};

const compare = (model: Model, rig: Rig): void => {
  same('snapshots', rig.bulkhead.snapshot(), modelSnapshot(model));
  same('answers', statuses(rig.handles), statuses(model.tickets));
  same('order of service', rig.started, model.started);
  same('events', rig.told, model.told);
};

const run = async (setup: Setup, { run: act, passes }: Command): Promise<void> => {
  const { model, real } = setup;
  const before = real.bulkhead.snapshot();
  act(model, real);
  await real.clock.advanceAsync(0);
  pass(model, passes);
  await real.clock.advanceAsync(passes);
  setup.ceiling = Math.max(
    real.bulkhead.snapshot().concurrency,
    Math.min(setup.ceiling, before.inFlight),
  );
  setup.strict &&= model.settings.holdUntil === 'finished';
  assertInvariants(real, setup);
  compare(model, real);
};

/** Nothing is left when all has ended. */
const assertEmpty = ({ bulkhead, clock, handles }: Rig): void => {
  const { inFlight, waiting, lateInFlight } = bulkhead.snapshot();
  same(
    'what is left',
    { inFlight, waiting, lateInFlight },
    { inFlight: 0, waiting: 0, lateInFlight: 0 },
  );
  same('timers', [clock.pendingTimers, clock.holdsProcess], [0, false]);
  same(
    'listeners',
    handles.map(({ listeners }) => listeners),
    handles.map(() => 0),
  );
  const pending = statuses(handles).filter((status) => status === 'waiting' || status === 'inside');
  same('calls that never settled', pending, []);
};

export const sequences: fc.Arbitrary<Command[]> = fc.array(command, {
  maxLength: 100,
  size: 'max',
});

export const runModel = async (settings: Settings, path: readonly Command[]): Promise<void> => {
  const setup: Setup = {
    model: createModel(settings),
    real: createRig(settings),
    ceiling: settings.concurrency,
    strict: settings.holdUntil === 'finished',
  };
  for (const each of path) await run(setup, each);
  const { model } = setup;
  for (let next = conclusion(model); next !== undefined; next = conclusion(model)) {
    await run(setup, next);
  }
  await run(setup, patience);
  assertEmpty(setup.real);
};
