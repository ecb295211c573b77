import { setTimeout as sleep } from 'node:timers/promises';
import { crowdAt, type Crowd } from './clients.ts';
import { Ledger } from './ledger.ts';

/** Long enough for every client to be at work. */
const BEFORE_MS = 300;
const AFTER_MS = 300;

/** The crowd of most scenarios. */
export const CROWD: Crowd = { kept: 36, sparse: 8, idle: 0, fresh: 12 };

/** What clients saw before, during and after something was done, and what came of that. */
export interface UnderLoad<T> {
  readonly ledger: Ledger;
  readonly outcome: T;
}

/** Does something to a service while clients use it. */
export const underLoad = async <T>(
  { port }: { readonly port: number },
  crowd: Crowd,
  act: (ledger: Ledger) => Promise<T>,
): Promise<UnderLoad<T>> => {
  const ledger = new Ledger();
  const over = new AbortController();
  const clients = crowdAt({ port, ledger, over: over.signal }, crowd);
  try {
    await sleep(BEFORE_MS);
    const outcome = await act(ledger);
    await sleep(AFTER_MS);
    return { ledger, outcome };
  } finally {
    over.abort();
    await clients;
  }
};
