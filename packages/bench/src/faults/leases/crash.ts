import { setTimeout as sleep } from 'node:timers/promises';
import { lock, type Store } from '@holdfast/core/stateless';
import { always, atMost, type Finding } from '../finding.ts';
import { Child } from '../processes/child.ts';
import type { Keeping } from '../processes/keeping.ts';

/** The lock of the process that crashes, and of the one that waits for it. */
export const HELD = { name: 'crash', leaseMs: 1_000, deadlineMs: 300 } as const;

/** Renewed at least twice. */
const HOLD_MS = 900;
const ASK_EVERY_MS = 2;
const GIVE_UP_MS = 5_000;

const isFree = async (store: Store): Promise<boolean> => {
  const held = await lock({ ...HELD, store }).acquire();
  await held?.release();
  return held !== undefined;
};

/** Milliseconds until somebody else gets it; infinite for never. */
const freeAfter = async (store: Store): Promise<number> => {
  const begin = performance.now();
  while (performance.now() - begin < GIVE_UP_MS) {
    if (await isFree(store)) return performance.now() - begin;
    await sleep(ASK_EVERY_MS);
  }
  return Number.POSITIVE_INFINITY;
};

/** Processes that hold a lock are killed; how long until others have it. */
export const crashes = async (
  { store, port }: { readonly store: Store; readonly port: number },
  times: number,
  keeping: Keeping,
): Promise<readonly Finding[]> => {
  let longest = 0;
  let kept = 0;
  for (let i = 0; i < times; i++) {
    const child = Child.start(new URL('holding.ts', import.meta.url), [String(port)], keeping);
    await child.ask({ ask: 'hold' });
    await sleep(HOLD_MS + Math.random() * HELD.leaseMs);
    if (!(await isFree(store))) kept++;
    await child.kill();
    longest = Math.max(longest, await freeAfter(store));
  }
  return [
    always('locks that their processes kept by renewing', kept, times),
    atMost('lease of a killed process free after, at most', longest, HELD.leaseMs, 'ms'),
  ];
};
