import { bulkhead } from '@holdfast/core';
import { bulkhead as cockatielBulkhead } from 'cockatiel';
import { Bulkhead } from 'mollitia';
import Opossum from 'opossum';
import pLimit from 'p-limit';
import { HOUR_MS, type Guard } from '../contender.ts';
import { cockatiel, holdfast, mollitia, peer } from './guards.ts';

/** How many calls may be inside, and how many may wait. */
export interface Room {
  readonly concurrency: number;
  readonly queue: number;
}

export const holdfastBulkhead = (room: Room, what = 'bulkhead'): Guard =>
  holdfast(what, () => bulkhead({ ...room, maxWaitMs: HOUR_MS }));

export const cockatielBulkheadIn = ({ concurrency, queue }: Room, what = 'bulkhead'): Guard =>
  cockatiel(what, () => cockatielBulkhead(concurrency, queue));

export const mollitiaBulkhead = ({ concurrency, queue }: Room, what = 'bulkhead'): Guard =>
  mollitia(what, () => [
    new Bulkhead({ concurrentSize: concurrency, queueSize: queue, maxQueueWait: HOUR_MS }),
  ]);

/** Its queue has no end. */
export const pLimitGuard = ({ concurrency }: Room, name = 'p-limit'): Guard =>
  peer(name, (call) => {
    const limit = pLimit(concurrency);
    return () => limit(call);
  });

/** It has no queue. */
export const opossumCapacity = ({ concurrency }: Room): Guard =>
  peer('opossum capacity, timeout:false', (call) => {
    const circuit = new Opossum(call, { capacity: concurrency, timeout: false });
    return () => circuit.fire();
  });
