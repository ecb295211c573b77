import { pipeline, timeout, type Executable, type RunOptions } from '../../../src/index.ts';
import { bulkhead } from '../../../src/bulkhead/bulkhead.ts';
import type { Bulkhead } from '../../../src/bulkhead/types.ts';
import { RecordingClock } from '../../support/recording-clock.ts';
import { Handle } from './handle.ts';
import { INNER_TIMEOUT_MS, OUTER_TIMEOUT_MS, type Settings } from './settings.ts';
import type { Arrival, Way } from './state.ts';

/** The bulkhead under test and everything that is held of it. */
export interface Rig {
  readonly clock: RecordingClock;
  readonly bulkhead: Bulkhead;
  readonly policies: Readonly<Record<Exclude<Way, 'acquire' | 'try'>, Executable>>;
  readonly handles: Handle[];
  readonly started: number[];
  readonly told: string[];
}

export const createRig = (settings: Settings): Rig => {
  const clock = new RecordingClock();
  const policy = bulkhead({ name: 'model', ...settings, clock });
  const told: string[] = [];
  policy.on('refusal', ({ code }) => void told.push(code));
  policy.on('timeout', ({ code }) => void told.push(code));
  const policies = {
    alone: policy,
    stacked: pipeline(policy),
    over: pipeline(policy, timeout({ timeoutMs: INNER_TIMEOUT_MS, clock })),
    under: pipeline(timeout({ timeoutMs: OUTER_TIMEOUT_MS, clock }), policy),
  };
  return { clock, bulkhead: policy, policies, handles: [], started: [], told };
};

export const arriveAt = (rig: Rig, { way, work, priority, deadline }: Arrival): void => {
  const id = rig.handles.length;
  const handle = new Handle(() => void rig.started.push(id));
  rig.handles.push(handle);
  const options: RunOptions = { signal: handle.controller.signal, priority, deadline };
  if (way === 'try') handle.take(rig.bulkhead.tryAcquire());
  else if (way === 'acquire') handle.watchPermit(rig.bulkhead.acquire(options));
  else handle.watch(rig.policies[way].execute(handle.call(work), options));
};
