import { onTestFinished } from 'vitest';
import {
  guarded,
  key,
  type GuardedStore,
  type GuardOptions,
  type Metered,
} from '../../../src/stateless/index.ts';
import { isStoreError } from '../../../src/stateless/index.ts';
import { RecordingClock } from '../../support/recording-clock.ts';
import { ScriptedStore } from './scripted-store.ts';

export const KEY = key('limit', 'default', 'logins', 'ada');
export const TAKE = { unitsPerMs: 1, burst: 10, want: 1 };
export const IN_50_MS = { deadlineMs: 50 };

export interface Rig {
  readonly clock: RecordingClock;
  readonly store: ScriptedStore;
  readonly guard: GuardedStore;
  /** What `lost` and `restored` said, and when. */
  readonly heard: { readonly what: string; readonly at: number; readonly lostForMs?: number }[];
}

export const rigOf = (options: GuardOptions = {}): Rig => {
  const clock = new RecordingClock();
  const store = new ScriptedStore(clock);
  const guard = guarded(store, { clock, random: () => 0.5, ...options });
  const heard: Rig['heard'] = [];
  guard.on('lost', () => void heard.push({ what: 'lost', at: clock.now() }));
  guard.on(
    'restored',
    ({ lostForMs }) => void heard.push({ what: 'restored', at: clock.now(), lostForMs }),
  );
  onTestFinished(async () => {
    store.error = undefined;
    store.delayMs = 0;
    store.thaw();
    await clock.advanceAsync(2_000);
    const ended = guard[Symbol.asyncDispose]();
    await clock.advanceAsync(1_000);
    await ended;
    if (clock.pendingTimers > 0) throw new Error('a timer is left');
  });
  return { clock, store, guard, heard };
};

/** How an operation ended, and when. */
export interface End {
  /** `answered`, the `failure` of a `StoreError`, or another error. */
  how: unknown;
  afterMs: number;
}

/** Takes, and notes how that ends; `how` is `pending` until then. */
export const begin = (
  { guard, clock }: Pick<Rig, 'guard' | 'clock'>,
  act: (guard: GuardedStore) => Promise<unknown> = take,
): End => {
  const begun = clock.now();
  const end: End = { how: 'pending', afterMs: NaN };
  const note = (how: unknown): void => {
    end.how = how;
    end.afterMs = clock.now() - begun;
  };
  act(guard).then(
    () => note('answered'),
    (error: unknown) => note(isStoreError(error) ? error.failure : error),
  );
  return end;
};

export const take = (guard: GuardedStore): Promise<Metered> => guard.take(KEY, TAKE, IN_50_MS);

export const takeIn =
  (deadlineMs: number) =>
  (guard: GuardedStore): Promise<Metered> =>
    guard.take(KEY, TAKE, { deadlineMs });

/** Takes every `everyMs` for `forMs`. */
export const load = async (
  rig: Rig,
  everyMs: number,
  forMs: number,
  act: typeof take = take,
): Promise<End[]> => {
  const ends: End[] = [];
  const until = rig.clock.now() + forMs;
  while (rig.clock.now() < until) {
    ends.push(begin(rig, act));
    await rig.clock.advanceAsync(everyMs);
  }
  return ends;
};

/** Has the circuit open, after 90 ms. */
export const lose = async (rig: Rig): Promise<void> => {
  rig.store.frozen = true;
  const ends = await load(rig, 10, 50);
  await rig.clock.advanceAsync(40);
  if (rig.heard.length !== 1 || ends.some(({ how }) => how !== 'unknown')) {
    throw new Error('the store is not lost');
  }
};
