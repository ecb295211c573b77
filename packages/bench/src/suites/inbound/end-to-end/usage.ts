import v8 from 'node:v8';

/** What a process has used since it began. */
export interface Usage {
  /** Processor time, the collector's threads included. */
  readonly cpuUs: number;
  /** On the JavaScript heap; undefined on Node 22, which does not count it. */
  readonly allocatedBytes: number | undefined;
}

export const usage = (): Usage => {
  const { user, system } = process.cpuUsage();
  return { cpuUs: user + system, allocatedBytes: v8.getHeapStatistics().total_allocated_bytes };
};
