import { lifecycle } from '@holdfast/cluster/worker';
import { CALLERS } from './callers.ts';
import type { Batch, BatchCost } from './in-worker.ts';

const callers = new Map<string, () => Promise<unknown>>();

const run = async ({ caller, calls, inFlight }: Batch): Promise<BatchCost> => {
  const call = callers.get(caller) ?? CALLERS[caller]();
  callers.set(caller, call);
  let left = calls;
  const lane = async (): Promise<void> => {
    while (left-- > 0) await call();
  };
  const before = process.cpuUsage();
  const begin = performance.now();
  await Promise.all(Array.from({ length: inFlight }, lane));
  const wallMs = performance.now() - begin;
  const { user, system } = process.cpuUsage(before);
  return { wallMs, cpuUs: user + system };
};

// Both ends are this suite.
lifecycle().onMessage('run', (batch) => run(batch as Batch));
lifecycle().ready();
