import v8 from 'node:v8';
import type { Lane } from './lane.ts';
import { median } from './statistics.ts';

const CALLS = 50_000;
const REPEATS = 5;
/** Slow contestants make fewer calls, but never fewer than this many batches of 6 ms. */
const BATCHES = 16;
/** Few enough for the young generation to hold what they allocate, so that no collection hides it. */
const CALLS_WITHOUT_COUNTER = 2_000;

// Node 22 has no such counter, whatever the types say.
const counter: number | undefined = v8.getHeapStatistics().total_allocated_bytes;

const allocated = (): number =>
  counter === undefined
    ? process.memoryUsage().heapUsed
    : v8.getHeapStatistics().total_allocated_bytes;

const bytesPerCall = async (lane: Lane): Promise<number> => {
  const most = counter === undefined ? CALLS_WITHOUT_COUNTER : CALLS;
  const calls = lane.whole(Math.min(most, BATCHES * lane.batch));
  const samples: number[] = [];
  for (let i = 0; i < REPEATS; i++) {
    if (counter === undefined) globalThis.gc?.();
    const before = allocated();
    await lane.run(calls);
    samples.push((allocated() - before) / calls);
  }
  return median(samples);
};

/** Bytes that one call of `own` allocates beyond one of `bare`. */
export const addedBytes = async (bare: Lane, own: Lane): Promise<number> =>
  (await bytesPerCall(own)) - (await bytesPerCall(bare));
