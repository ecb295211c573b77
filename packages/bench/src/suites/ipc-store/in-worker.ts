import { supervise, type Supervisor } from '@holdfast/cluster';
import { RateLimiterClusterMaster } from 'rate-limiter-flexible';
import { median } from '../../harness/statistics.ts';
import type { Effort, Figures } from '../../harness/suite.ts';
import type { CallerName } from './callers.ts';

/** So many calls, of which so many are under way at once. */
export interface Batch {
  readonly caller: CallerName;
  readonly calls: number;
  readonly inFlight: number;
}

/** What a batch took in the worker. */
export interface BatchCost {
  readonly wallMs: number;
  readonly cpuUs: number;
}

const WORKER = new URL('./worker.ts', import.meta.url);

const ROUNDS: Readonly<Record<Effort, number>> = { full: 15, quick: 3 };
const CALLS: Readonly<Record<Effort, number>> = { full: 40_000, quick: 10_000 };
/** Where one waits for the other each call takes longer. */
const ONE_AT_A_TIME = 0.25;
const WARM_UP_ROUNDS = 3;
const US_PER_MS = 1_000;
const TIMEOUT_MS = 120_000;

interface Round {
  readonly us: number;
  readonly workerUs: number;
  readonly supervisorUs: number;
}

const play = async (supervisor: Supervisor, batch: Batch): Promise<Round> => {
  const { calls } = batch;
  const before = process.cpuUsage();
  const cost = await supervisor.request(0, 'run', batch, { timeoutMs: TIMEOUT_MS });
  const { user, system } = process.cpuUsage(before);
  // Both ends are this suite.
  const { wallMs, cpuUs } = cost as BatchCost;
  return {
    us: (wallMs * US_PER_MS) / calls,
    workerUs: cpuUs / calls,
    supervisorUs: (user + system) / calls,
  };
};

const figuresOf = (rounds: readonly Round[]): Figures => {
  const us = median(rounds.map((round) => round.us));
  return {
    us,
    perMs: US_PER_MS / us,
    workerUs: median(rounds.map(({ workerUs }) => workerUs)),
    supervisorUs: median(rounds.map(({ supervisorUs }) => supervisorUs)),
  };
};

/** What one worker's operations take while this process, its supervisor, answers them. */
export const measureInWorker = async (
  caller: CallerName,
  inFlight: number,
  effort: Effort,
): Promise<Figures> => {
  // oxlint-disable-next-line no-new -- it answers the peer's workers
  if (caller === 'peer') new RateLimiterClusterMaster();
  const supervisor = await supervise({
    exec: WORKER,
    workers: 1,
    ready: { on: 'told' },
    signals: false,
    output: 'inherit',
  });
  try {
    const calls = Math.ceil(CALLS[effort] * (inFlight === 1 ? ONE_AT_A_TIME : 1));
    const batch = { caller, inFlight, calls };
    for (let i = 0; i < WARM_UP_ROUNDS; i++) await play(supervisor, batch);
    const rounds: Round[] = [];
    while (rounds.length < ROUNDS[effort]) rounds.push(await play(supervisor, batch));
    return figuresOf(rounds);
  } finally {
    await supervisor.stop('it is measured');
  }
};
