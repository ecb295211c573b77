import { readFileSync } from 'node:fs';
import { availableParallelism, totalmem } from 'node:os';
import { affinityOf } from './affinity.ts';
import { groupLimits, type ReadText } from './control-groups.ts';
import type { Machine } from './types.ts';

/** What is read to know the machine. */
export interface MachineSources {
  readonly readText: ReadText;
  readonly availableParallelism: () => number;
  readonly totalMemoryBytes: () => number;
}

/** The machine as these sources tell it. */
export const machineFrom = (sources: MachineSources): Machine => {
  const { readText } = sources;
  const totalBytes = sources.totalMemoryBytes();
  const limits = groupLimits(readText);
  return {
    cpus: Math.min(affinityOf(readText) ?? sources.availableParallelism(), limits.cpus),
    memoryBytes: Math.min(totalBytes, limits.memoryBytes),
    // Version 1 says "no limit" by a number larger than any memory.
    memoryLimited: limits.memoryBytes < totalBytes,
  };
};

const readFile: ReadText = (path) => {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
};

/**
 * What there is for workers now: the CPU quota and the memory limit of this process's control groups (version 1 and 2,
 * the groups around its own included) on Linux, bounded by the CPUs it may run on and by the machine's memory; on other
 * systems `os.availableParallelism()` and `os.totalmem()`. Never throws: what cannot be read sets no limit. CPU shares
 * and weights are none either: a pod of Kubernetes without a CPU limit has all CPUs of its node.
 */
export const machineOf = (): Machine =>
  machineFrom({
    readText: process.platform === 'linux' ? readFile : () => undefined,
    availableParallelism,
    totalMemoryBytes: totalmem,
  });
