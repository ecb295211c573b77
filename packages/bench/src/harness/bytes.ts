import v8 from 'node:v8';
import type { Lane } from './lane.ts';
import { median } from './statistics.ts';

const REPEATS = 5;

/** Runs are so many calls, and for slow contestants so many batches of 6 ms. */
const COUNTED = { calls: 50_000, batches: 16 };
/** Little enough for the young generation to hold it all, so that no collection hides anything. */
const WEIGHED = { calls: 2_000, batches: 0.25 };

// Node 22 has no such counter, whatever the types say.
const counter: number | undefined = v8.getHeapStatistics().total_allocated_bytes;

const allocated = (): number =>
  counter === undefined
    ? process.memoryUsage().heapUsed
    : v8.getHeapStatistics().total_allocated_bytes;

/** Runs an operation so many times. */
export type Run = (calls: number) => Promise<void>;

/** Bytes that one call allocates on the JavaScript heap: the median of five runs of `most` calls, or fewer. */
export const bytesPerCall = async (run: Run, most: number): Promise<number> => {
  const calls = counter === undefined ? Math.min(most, WEIGHED.calls) : most;
  const samples: number[] = [];
  for (let i = 0; i < REPEATS; i++) {
    if (counter === undefined) globalThis.gc?.();
    const before = allocated();
    await run(calls);
    samples.push((allocated() - before) / calls);
  }
  return median(samples);
};

const bytesPerCallOf = (lane: Lane): Promise<number> => {
  const most = counter === undefined ? WEIGHED : COUNTED;
  const calls = lane.whole(Math.min(most.calls, most.batches * lane.batch));
  return bytesPerCall((times) => lane.run(times), calls);
};

/** Bytes that one call of `own` allocates beyond one of `bare`. */
export const addedBytes = async (bare: Lane, own: Lane): Promise<number> =>
  (await bytesPerCallOf(own)) - (await bytesPerCallOf(bare));
