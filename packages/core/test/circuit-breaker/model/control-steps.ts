import * as model from './breaker-model.ts';
import type { Model, ModelIsolation, ModelSaved } from './breaker-model.ts';
import { tryAcquire } from './handle.ts';
import type { Rig } from './rig.ts';
import type { SettingsPatch } from './settings.ts';
import type { Step } from './steps.ts';
import { patchOf } from './to-options.ts';
import { slowLimit } from './windows.ts';
import type { CircuitMode, SavedCircuit } from '../../../src/circuit-breaker/types.ts';

/** What the commands hold of a model: the rig holds the same of the breaker. */
interface Held {
  readonly isolations: ModelIsolation[];
  readonly saved: ModelSaved[];
}

const held = new WeakMap<Model, Held>();

const heldBy = (m: Model): Held => {
  const known = held.get(m) ?? { isolations: [], saved: [] };
  held.set(m, known);
  return known;
};

const at = <T>(list: readonly T[], index: number): T | undefined =>
  list[index % Math.max(1, list.length)];

/** After `dispose` a command throws `HF_DISPOSED` and changes nothing. */
const unlessDisposed = (
  m: Model,
  rig: Rig,
  command: { onModel: () => void; onBreaker: () => void },
): void => {
  if (!m.disposed) {
    command.onModel();
    command.onBreaker();
    return;
  }
  try {
    command.onBreaker();
    rig.faults.push('a command after dispose did not throw');
  } catch (error) {
    if ((error as { code?: unknown }).code !== 'HF_DISPOSED')
      rig.faults.push(`a command threw ${String(error)}`);
  }
};

export const isolateStep = (reason: string): Step => ({
  name: `isolate(${reason})`,
  run: (m, rig) =>
    unlessDisposed(m, rig, {
      onModel: () => heldBy(m).isolations.push(model.isolate(m, reason)),
      onBreaker: () => rig.isolations.push(rig.breaker.isolate(reason)),
    }),
});

/** Releases an isolation that stands, or once more one that was released before. */
export const releaseStep = (index: number, again: boolean): Step => ({
  name: `release(${index}${again ? ', again' : ''})`,
  run: (m, rig) => {
    const { isolations } = heldBy(m);
    const isolation = at(
      isolations.filter((each) => m.isolations.includes(each) !== again),
      index,
    );
    if (isolation === undefined) return;
    model.release(m, isolation);
    rig.isolations[isolations.indexOf(isolation)]?.[Symbol.dispose]();
  },
});

export const setModeStep = (mode: CircuitMode): Step => ({
  name: `setMode(${mode})`,
  run: (m, rig) =>
    unlessDisposed(m, rig, {
      onModel: () => model.setMode(m, mode),
      onBreaker: () => rig.breaker.setMode(mode),
    }),
});

export const openStep = (ms: number | undefined): Step => ({
  name: `open(${ms ?? ''})`,
  run: (m, rig) =>
    unlessDisposed(m, rig, {
      onModel: () => model.open(m, ms),
      onBreaker: () => rig.breaker.open(ms),
    }),
});

export const resetStep = (): Step => ({
  name: 'reset()',
  run: (m, rig) =>
    unlessDisposed(m, rig, { onModel: () => model.reset(m), onBreaker: () => rig.breaker.reset() }),
});

export const updateStep = (patch: SettingsPatch): Step => ({
  name: `update(${JSON.stringify(patch)})`,
  // Nobody measures calls that begin while there is no slow rule, so none may end under the first one.
  possible: (m) =>
    patch.rules === undefined ||
    slowLimit(patch.rules) === Infinity ||
    slowLimit(m.settings.rules) !== Infinity ||
    m.tickets.every(({ status }) => status !== 'admitted'),
  run: (m, rig) =>
    unlessDisposed(m, rig, {
      onModel: () => model.update(m, patch),
      onBreaker: () => rig.breaker.update(patchOf(patch)),
    }),
});

export const saveStep = (): Step => ({
  name: 'save()',
  run: (m, rig) => {
    const expected = model.save(m);
    const saved = rig.breaker.save();
    heldBy(m).saved.push(expected);
    rig.saved.push(saved);
    const got = JSON.stringify(savedAsView(saved));
    const wanted = JSON.stringify(model.savedView(expected));
    if (got !== wanted) rig.faults.push(`save() gave ${got}, not ${wanted}`);
  },
});

const savedAsView = ({ windows, ...rest }: SavedCircuit): object => ({
  ...rest,
  windows: windows.map((window) =>
    window.kind === 'count-window'
      ? { kind: window.kind, outcomes: window.outcomes.length }
      : { kind: window.kind, slices: window.slices.toSorted((a, b) => a.ageMs - b.ageMs) },
  ),
});

export const restoreStep = (index: number, throughJson: boolean): Step => ({
  name: `restore(${index}${throughJson ? ', through JSON' : ''})`,
  possible: (m) => heldBy(m).saved.length > 0,
  run: (m, rig) => {
    const saved = at(rig.saved, index);
    const expected = at(heldBy(m).saved, index);
    if (expected === undefined) return;
    unlessDisposed(m, rig, {
      onModel: () => model.restore(m, expected),
      onBreaker: () => rig.breaker.restore(throughJson ? JSON.parse(JSON.stringify(saved)) : saved),
    });
  },
});

/** Anything that is no saved circuit is refused whole; the comparison that follows sees any change. */
export const restoreGarbageStep = (name: string, garble: (saved: object) => unknown): Step => ({
  name: `restore(${name})`,
  run: (_, rig) => {
    try {
      rig.breaker.restore(garble(rig.breaker.save()));
      rig.faults.push(`restore took ${name}`);
    } catch {
      // As it should be.
    }
  },
});

export const disposeStep = (): Step => ({
  name: 'dispose()',
  run: (m, rig) => {
    model.dispose(m);
    rig.breaker[Symbol.dispose]();
  },
});

export type ListenerAct = 'reset' | 'open' | 'isolate' | 'tryAcquire' | 'shadow' | 'restore';

const ACTS: Record<ListenerAct, { onModel: (m: Model) => void; onBreaker: (rig: Rig) => void }> = {
  reset: { onModel: model.reset, onBreaker: ({ breaker }) => breaker.reset() },
  open: { onModel: (m) => model.open(m, 32), onBreaker: ({ breaker }) => breaker.open(32) },
  shadow: {
    onModel: (m) => model.setMode(m, 'shadow'),
    onBreaker: ({ breaker }) => breaker.setMode('shadow'),
  },
  isolate: {
    onModel: (m) => model.release(m, model.isolate(m, 'inside')),
    onBreaker: ({ breaker }) => breaker.isolate('inside')[Symbol.dispose](),
  },
  tryAcquire: { onModel: (m) => void model.acquire(m), onBreaker: tryAcquire },
  restore: {
    onModel: (m) => model.restore(m, model.save(m)),
    onBreaker: ({ breaker }) => breaker.restore(breaker.save()),
  },
};

/** A listener that calls back into the breaker once and removes itself. */
export const actingListenerStep = (act: ListenerAct): Step => ({
  name: `on(transition, ${act})`,
  run: (m, rig) => {
    m.listeners.push({ kind: 'acts', act: ACTS[act].onModel });
    const subscription = rig.breaker.on('transition', () => {
      subscription[Symbol.dispose]();
      ACTS[act].onBreaker(rig);
    });
  },
});

export const listenerStep = (kind: 'noop' | 'throws' | 'rejects'): Step => ({
  name: `on(transition, ${kind})`,
  run: (m, rig) => {
    m.listeners.push({ kind });
    const listener = {
      noop: () => undefined,
      throws: () => {
        throw new Error('listener');
      },
      rejects: () => Promise.reject(new Error('rejection')),
    }[kind];
    // oxlint-disable-next-line typescript/no-misused-promises -- listeners may be asynchronous by mistake
    rig.breaker.on('transition', listener);
  },
});

/** Looks at everything there is to look at; the comparison that follows sees whether it changed anything. */
export const readStep = (): Step => ({
  name: 'read',
  run: (m, rig) => {
    const { breaker, faults } = rig;
    const before = JSON.stringify(breaker.snapshot());
    const explanation = breaker.explain();
    breaker.save();
    if (JSON.stringify(breaker.snapshot()) !== before) faults.push('a read changed the snapshot');
    const expected = model.modelExplanation(m);
    const got = JSON.stringify({ ...numbersOf(explanation), ...unknownIn(expected) });
    const wanted = JSON.stringify(expected);
    if (got !== wanted) faults.push(`explain() says ${got}, not ${wanted}`);
  },
});

/** What the model leaves open is not compared. */
const unknownIn = (expected: object): object =>
  'nextAdmissionMs' in expected && expected.nextAdmissionMs === 'unknown'
    ? { nextAdmissionMs: 'unknown' }
    : {};

type Explained = ReturnType<Rig['breaker']['explain']>;

const numbersOf = (explained: Explained): object => ({
  state: explained.state,
  lastTransition: changeOf(explained.lastTransition),
  lastOpening: changeOf(explained.lastOpening),
  lastRefusal: explained.lastRefusal && {
    code: explained.lastRefusal.code,
    agoMs: explained.lastRefusal.agoMs,
  },
  nextAdmissionMs: explained.nextAdmissionMs,
});

const changeOf = (change: Explained['lastTransition']): object | undefined =>
  change && { from: change.from, to: change.to, reason: change.reason, agoMs: change.agoMs };
