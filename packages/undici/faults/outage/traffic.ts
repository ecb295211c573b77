import { setTimeout as sleep } from 'node:timers/promises';
import { request, type Dispatcher } from 'undici';

/** How a request ended for its caller. */
export type Ending = 'ok' | 'failed' | 'refused';

/** One request as its caller saw it. */
export interface Seen {
  readonly ending: Ending;
  /** Time of day. */
  readonly at: number;
  readonly ms: number;
}

const isRefused = (error: unknown): boolean =>
  typeof error === 'object' && error !== null && Reflect.get(error, 'code') === 'HF_CIRCUIT_OPEN';

const endingOf = async (dispatcher: Dispatcher, url: string): Promise<Ending> => {
  try {
    const { statusCode, body } = await request(url, { dispatcher });
    await body.dump();
    return statusCode === 200 ? 'ok' : 'failed';
  } catch (error) {
    return isRefused(error) ? 'refused' : 'failed';
  }
};

/** Sends one request and reads the answer. */
export const send = async (dispatcher: Dispatcher, url: string): Promise<Seen> => {
  const at = Date.now();
  const begin = performance.now();
  const ending = await endingOf(dispatcher, url);
  return { ending, at, ms: performance.now() - begin };
};

const TICK_MS = 2;
const MS_PER_S = 1_000;

/** So many requests a second, whether or not earlier ones are answered, until `over`; then their ends. */
export const openLoop = async <Result>(
  perSecond: number,
  over: (elapsedMs: number) => boolean,
  start: () => Promise<Result>,
): Promise<Result[]> => {
  const begin = performance.now();
  const started: Promise<Result>[] = [];
  for (let elapsedMs = 0; !over(elapsedMs); elapsedMs = performance.now() - begin) {
    while (started.length < (elapsedMs * perSecond) / MS_PER_S) started.push(start());
    await sleep(TICK_MS);
  }
  return Promise.all(started);
};
