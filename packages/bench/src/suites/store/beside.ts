import { median, spreadOf } from '../../harness/statistics.ts';
import type { Effort, Figures } from '../../harness/suite.ts';

/** The most calls that are under way at once. */
export const IN_FLIGHT = 64;

const ROUNDS: Readonly<Record<Effort, number>> = { full: 21, quick: 3 };
const BATCH: Readonly<Record<Effort, number>> = { full: 4_096, quick: 1_024 };
/** Until the code is compiled. */
const WARM_UP_BATCHES = 6;
const US_PER_MS = 1_000;

/** One of the calls that are under way at once makes its next call; each has its own number. */
export type LaneCall = (lane: number) => Promise<unknown>;

/** What one call of a batch took. */
interface Cost {
  /** Processor time of this process, the collector's threads included. */
  readonly cpuUs: number;
  /** Time of the batch over its calls: many are under way at once. */
  readonly wallUs: number;
}

interface Round {
  readonly reference: Cost;
  readonly own: Cost;
}

/** How many calls make a batch, and how many of them are under way at once. */
interface Shape {
  readonly calls: number;
  readonly inFlight: number;
}

const callAll = async (call: LaneCall, { calls, inFlight }: Shape): Promise<void> => {
  let left = calls;
  const callIn = async (lane: number): Promise<void> => {
    while (left-- > 0) await call(lane);
  };
  await Promise.all(Array.from({ length: inFlight }, (_, lane) => callIn(lane)));
};

const batch = async (call: LaneCall, shape: Shape): Promise<Cost> => {
  const { calls } = shape;
  const before = process.cpuUsage();
  const begin = performance.now();
  await callAll(call, shape);
  const wallMs = performance.now() - begin;
  const { user, system } = process.cpuUsage(before);
  return { cpuUs: (user + system) / calls, wallUs: (wallMs * US_PER_MS) / calls };
};

const mean = (one: Cost, other: Cost): Cost => ({
  cpuUs: (one.cpuUs + other.cpuUs) / 2,
  wallUs: (one.wallUs + other.wallUs) / 2,
});

/** The one, the other, the other, the one: what drifts steadily hits both alike. */
const playRound = async (reference: LaneCall, own: LaneCall, shape: Shape): Promise<Round> => {
  const first = await batch(reference, shape);
  const second = await batch(own, shape);
  const third = await batch(own, shape);
  const fourth = await batch(reference, shape);
  return { reference: mean(first, fourth), own: mean(second, third) };
};

const figuresOf = (rounds: readonly Round[]): Figures => {
  const wall = spreadOf(rounds.map(({ reference, own }) => own.wallUs / reference.wallUs));
  const cpu = spreadOf(rounds.map(({ reference, own }) => own.cpuUs / reference.cpuUs));
  return {
    us: median(rounds.map(({ own }) => own.wallUs)),
    time: wall.median,
    timeP10: wall.p10,
    timeP90: wall.p90,
    cpuUs: median(rounds.map(({ own }) => own.cpuUs)),
    cpu: cpu.median,
    cpuP10: cpu.p10,
    cpuP90: cpu.p90,
  };
};

/** What calls take of time and processor beside those of a reference in the same process, round by round. */
export const measureBeside = async (
  reference: LaneCall,
  own: LaneCall,
  { effort, inFlight = IN_FLIGHT }: { readonly effort: Effort; readonly inFlight?: number },
): Promise<Figures> => {
  const shape = { calls: BATCH[effort], inFlight };
  for (let i = 0; i < WARM_UP_BATCHES; i++)
    for (const call of [reference, own]) await callAll(call, shape);
  const rounds: Round[] = [];
  while (rounds.length < ROUNDS[effort]) rounds.push(await playRound(reference, own, shape));
  return figuresOf(rounds);
};
