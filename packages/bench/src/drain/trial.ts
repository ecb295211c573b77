import { setTimeout as sleep } from 'node:timers/promises';
import { Ledger } from './clients/ledger.ts';
import type { Scenario } from './scenarios.ts';
import { ServerChild, type Exit } from './server/server-child.ts';
import { orAfter } from './within.ts';

/** Long enough for every client to be at work. */
const BEFORE_SIGNAL_MS = 300;
const SOME_MOMENT_MS = 200;
/** Clients stay this long after the signal, unless the process has gone before. */
const CLIENTS_STAY_MS = 4_000;
const AFTER_EXIT_MS = 60;

/** What one trial showed. */
export interface Trial {
  readonly requests: number;
  readonly lost: number;
  readonly refused: number;
  /** From the signal; undefined where the process did not go before its clients did. */
  readonly exitMs: number | undefined;
  /** From the last answer, or the signal where none came after it. */
  readonly afterLastMs: number | undefined;
  /** Null where a signal ended the process. */
  readonly code: number | null;
}

/** Who is told to leave, and where its clients go. */
export interface TrialParts {
  readonly scenario: Scenario;
  readonly contestant: string;
  readonly binary: string;
  readonly staying: ServerChild;
}

const trialOf = (ledger: Ledger, signalledAt: number, exit: Exit | undefined): Trial => {
  const { requests, lost, refused, lastAnswerAt } = ledger;
  const since = (from: number): number | undefined =>
    exit === undefined ? undefined : exit.at - from;
  return {
    requests,
    lost,
    refused,
    exitMs: since(signalledAt),
    afterLastMs: since(Math.max(signalledAt, lastAnswerAt)),
    code: exit?.code ?? null,
  };
};

const observe = async ({ scenario, staying }: TrialParts, leaving: ServerChild): Promise<Trial> => {
  const ledger = new Ledger();
  const over = new AbortController();
  const ports = { leaving: leaving.port, staying: staying.port };
  const traffic = scenario.traffic({ ports, ledger, over: over.signal });
  await sleep(BEFORE_SIGNAL_MS + Math.random() * SOME_MOMENT_MS);
  const signalledAt = performance.now();
  leaving.terminate();
  const exit = await orAfter(CLIENTS_STAY_MS, leaving.exited, undefined);
  await sleep(AFTER_EXIT_MS);
  over.abort();
  await traffic;
  return trialOf(ledger, signalledAt, exit);
};

/** Starts a server, sends it clients and SIGTERM, and sees what becomes of all of them. */
export const runTrial = async (parts: TrialParts): Promise<Trial> => {
  const { binary, contestant, scenario } = parts;
  const leaving = await ServerChild.start({ binary, contestant, protocol: scenario.protocol });
  try {
    return await observe(parts, leaving);
  } finally {
    await leaving.kill();
  }
};
