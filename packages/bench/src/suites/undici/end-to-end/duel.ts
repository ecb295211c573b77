import { bytesPerCall } from '../../../harness/bytes.ts';
import { median, spreadOf } from '../../../harness/statistics.ts';
import type { Effort, Figures } from '../../../harness/suite.ts';
import { bare, IN_FLIGHT, type Client, type Send } from './clients.ts';
import { medianInterval } from './median-interval.ts';
import { startServer } from './server.ts';

const ROUNDS: Readonly<Record<Effort, number>> = { full: 101, quick: 7 };
/** Fewer than this many make the processor time of a batch too coarse. */
const BATCH: Readonly<Record<Effort, number>> = { full: 3_000, quick: 1_000 };
/** Until the code is compiled and every connection is open. */
const WARM_UP_BATCHES = 8;

/** So many requests, `IN_FLIGHT` of them at a time. */
const sendAll = async (send: Send, requests: number): Promise<void> => {
  let left = requests;
  const sendOn = async (): Promise<void> => {
    while (left-- > 0) await send();
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, sendOn));
};

/** Processor time of this process for one request, its garbage collector's threads included: microseconds. */
const cpuPerRequest = async (send: Send, requests: number): Promise<number> => {
  const before = process.cpuUsage();
  await sendAll(send, requests);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / requests;
};

interface Round {
  readonly bareUs: number;
  readonly ownUs: number;
}

/** The one, the other, the other, the one: what drifts steadily hits both alike. */
const inTurn = async (one: Send, other: Send, requests: number): Promise<[number, number]> => {
  const first = await cpuPerRequest(one, requests);
  const second = await cpuPerRequest(other, requests);
  const third = await cpuPerRequest(other, requests);
  const fourth = await cpuPerRequest(one, requests);
  return [(first + fourth) / 2, (second + third) / 2];
};

/** Which begins is drawn: the collector comes at regular intervals, and must not meet always the same. */
const playRound = async (plain: Send, own: Send, requests: number): Promise<Round> => {
  if (Math.random() < 0.5) {
    const [bareUs, ownUs] = await inTurn(plain, own, requests);
    return { bareUs, ownUs };
  }
  const [ownUs, bareUs] = await inTurn(own, plain, requests);
  return { bareUs, ownUs };
};

/** One after the other: the counter is that of the whole process. */
const bytesBeyond = async (plain: Send, own: Send, requests: number): Promise<number> => {
  const ofOwn = await bytesPerCall((calls) => sendAll(own, calls), requests);
  return ofOwn - (await bytesPerCall((calls) => sendAll(plain, calls), requests));
};

/** What a client adds to the bare one, with a server of its own. */
export const measureClient = async (client: Client, effort: Effort): Promise<Figures> => {
  const origin = await startServer();
  const [plain, own] = [bare.connect(origin), client.connect(origin)];
  const requests = BATCH[effort];
  for (let i = 0; i < WARM_UP_BATCHES; i++) {
    for (const send of [plain, own]) await sendAll(send, requests);
  }
  const rounds: Round[] = [];
  while (rounds.length < ROUNDS[effort]) rounds.push(await playRound(plain, own, requests));
  const ratios = rounds.map(({ ownUs, bareUs }) => ownUs / bareUs);
  const { low, high } = medianInterval(ratios);
  const { median: ratio, p10, p90 } = spreadOf(ratios);
  return {
    us: median(rounds.map(({ ownUs }) => ownUs)),
    ratio,
    low,
    high,
    p10,
    p90,
    addedUs: median(rounds.map(({ ownUs, bareUs }) => ownUs - bareUs)),
    addedBytes: await bytesBeyond(plain, own, requests),
  };
};
