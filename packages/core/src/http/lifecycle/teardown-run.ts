import { HoldfastError } from '../../errors.ts';
import type { Clock } from '../../runtime/clock.ts';
import { pauseUntil } from './pause.ts';
import type { TeardownResult } from './types.ts';

/** One piece of deferred work. */
export interface Work {
  readonly name: string;
  readonly timeoutMs: number | undefined;
  run(signal: AbortSignal): unknown;
}

/** How long the work may take, and who may end it before. */
export interface TeardownBounds {
  readonly clock: Clock;
  /** When it must be over, in monotonic milliseconds. */
  readonly due: number;
  /** Nothing more is begun once it aborts, and nothing is waited for. */
  readonly cancelled: AbortSignal;
}

type Outcome = Pick<TeardownResult, 'outcome' | 'error'>;

const outcomeOf = async (work: Work, signal: AbortSignal): Promise<Outcome> => {
  try {
    await work.run(signal);
    return { outcome: 'done' };
  } catch (error) {
    return { outcome: 'failed', error };
  }
};

/** Runs one piece of work for so long at most; what it does later is its own affair. */
const runWithin = async (
  work: Work,
  limitMs: number,
  { clock, cancelled }: TeardownBounds,
): Promise<Outcome> => {
  const controller = new AbortController();
  const settled = new AbortController();
  const cancel = (): void => settled.abort();
  cancelled.addEventListener('abort', cancel);
  const timeout = async (): Promise<Outcome> => {
    await pauseUntil(clock, clock.now() + limitMs, settled.signal);
    const how = cancelled.aborted
      ? ({ code: 'HF_DISPOSED' } as const)
      : ({ code: 'HF_TIMEOUT', afterMs: limitMs } as const);
    return { outcome: 'timed-out', error: new HoldfastError({ policy: work.name, ...how }) };
  };
  const outcome = await Promise.race([outcomeOf(work, controller.signal), timeout()]);
  cancelled.removeEventListener('abort', cancel);
  settled.abort();
  if (outcome.outcome === 'timed-out') controller.abort(outcome.error);
  return outcome;
};

/** What the first of the works may take: more than an even share only where those after it need less. */
const limitOf = ([first, ...later]: readonly Work[], leftMs: number): number => {
  const shareMs = leftMs / (later.length + 1);
  if (first?.timeoutMs === undefined) return shareMs;
  const keptMs = later.map(({ timeoutMs = shareMs }) => Math.min(timeoutMs, shareMs));
  return Math.min(
    first.timeoutMs,
    keptMs.reduce((rest, kept) => rest - kept, leftMs),
  );
};

/**
 * Runs one piece of work after the other. Each has what it asked for at most, and leaves an even share of
 * the time to each of those after it: what hangs takes none from them.
 */
export const runTeardown = async (
  works: readonly Work[],
  bounds: TeardownBounds,
): Promise<readonly TeardownResult[]> => {
  const { clock, due, cancelled } = bounds;
  const results: TeardownResult[] = [];
  for (const [index, work] of works.entries()) {
    const begun = clock.now();
    const leftMs = due - begun;
    const limitMs = limitOf(works.slice(index), leftMs);
    const outcome: Outcome =
      leftMs > 0 && !cancelled.aborted
        ? await runWithin(work, limitMs, bounds)
        : { outcome: 'skipped' };
    results.push({ name: work.name, tookMs: clock.now() - begun, ...outcome });
  }
  return results;
};
