import type { Machine } from './types.ts';

const MEBIBYTE = 2 ** 20;
/** With less hardly any program starts; the limit of the container is then what ends it. */
const LEAST_MEBIBYTES = 64;

/** Whether the user has said how large the heap may be, in one of V8's ways to spell it. */
const isGiven = (option: string): boolean =>
  /(?:^|[\s"])--max[-_](?:old[-_]space|heap)[-_]size/.test(option);

/**
 * The option of Node that gives each of `processes` workers (all that may be there at once, so with standbys and the
 * further one of a reload) its part of the heaps' share of the memory limit. None where there is no limit, where
 * `heapShare` is false, or where one of `nodeOptions` (`execArgv`, and `NODE_OPTIONS` as it is) says it already. V8
 * gives each process a heap by the whole limit otherwise, so that the kernel ends a worker before it has collected
 * its garbage.
 */
export const heapArguments = (
  heapShare: number | false,
  { memoryBytes, memoryLimited }: Machine,
  processes: number,
  nodeOptions: readonly string[],
): string[] => {
  if (heapShare === false || !memoryLimited || nodeOptions.some(isGiven)) return [];
  const mebibytes = Math.floor((memoryBytes * heapShare) / processes / MEBIBYTE);
  return [`--max-old-space-size=${Math.max(LEAST_MEBIBYTES, mebibytes)}`];
};
