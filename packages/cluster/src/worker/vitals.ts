import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { Clock } from '@holdfast/core';
import type { WorkerVitals } from '../protocol/messages.ts';

const EVERY_MS = 1_000;

/** Of HTTP/1, and of HTTP/2 where Node tells (from 24.12 on). */
export const REQUEST_CHANNELS: readonly string[] = [
  'http.server.request.start',
  'http2.server.stream.start',
];

/** What vitals are made of. */
export interface VitalsParts {
  readonly clock: Clock;
  readonly inFlight: () => number;
  readonly send: (vitals: WorkerVitals) => void;
}

/** Throws where the process has no descriptor left: Linux is asked by opening a file. */
const rssBytesOr = (before: number): number => {
  try {
    return process.memoryUsage.rss();
  } catch {
    return before;
  }
};

/** Made by `sendVitals`. Disposing ends it. */
export interface Vitals extends Disposable {
  /** Tells now as well. */
  tell(): void;
}

/** Tells once a second how the process is; keeps it alive no longer. */
export const sendVitals = ({ clock, inFlight, send }: VitalsParts): Vitals => {
  let requests = 0;
  let rssBytes = 0;
  const count = (): void => void requests++;
  for (const channel of REQUEST_CHANNELS) subscribe(channel, count);
  // The first time since the process began: asked for now it would cost the start most of a millisecond.
  let before: ReturnType<typeof performance.eventLoopUtilization> | undefined = undefined;
  const tell = (): void => {
    const now = performance.eventLoopUtilization();
    const { utilization } =
      before === undefined ? now : performance.eventLoopUtilization(now, before);
    before = now;
    rssBytes = rssBytesOr(rssBytes);
    send({ requests, inFlight: inFlight(), rssBytes, eventLoopUtilization: utilization });
  };
  const tick = (): void => {
    tell();
    wait();
  };
  let timer: Disposable | undefined = undefined;
  const wait = (): void => {
    const next = clock.setTimer(tick, EVERY_MS);
    next.unref();
    timer = next;
  };
  wait();
  return {
    tell,
    [Symbol.dispose]: () => {
      timer?.[Symbol.dispose]();
      for (const channel of REQUEST_CHANNELS) unsubscribe(channel, count);
    },
  };
};
