import { median, spreadOf } from '../../../harness/statistics.ts';
import type { Effort, Figures } from '../../../harness/suite.ts';
import { medianInterval } from '../../undici/end-to-end/median-interval.ts';
import { Target, type Cost } from './target.ts';

const ROUNDS: Readonly<Record<Effort, number>> = { full: 41, quick: 5 };
/** Fewer than this many make the processor time of a batch too coarse. */
const BATCH: Readonly<Record<Effort, number>> = { full: 3_000, quick: 1_000 };
/** Until the code is compiled. */
const WARM_UP_BATCHES = 8;

type Batch = () => Promise<Cost>;

interface Round {
  readonly bare: Cost;
  readonly own: Cost;
}

const mean = (one: Cost, other: Cost): Cost => ({
  cpuUs: (one.cpuUs + other.cpuUs) / 2,
  wallUs: (one.wallUs + other.wallUs) / 2,
  bytes:
    one.bytes === undefined || other.bytes === undefined
      ? undefined
      : (one.bytes + other.bytes) / 2,
});

/** The one, the other, the other, the one: what drifts steadily hits both alike. */
const inTurn = async (one: Batch, other: Batch): Promise<[Cost, Cost]> => {
  const first = await one();
  const second = await other();
  const third = await other();
  return [mean(first, await one()), mean(second, third)];
};

/** Which begins is drawn: what comes at regular intervals must not meet always the same. */
const playRound = async (plain: Batch, guarded: Batch): Promise<Round> => {
  if (Math.random() < 0.5) {
    const [bare, own] = await inTurn(plain, guarded);
    return { bare, own };
  }
  const [own, bare] = await inTurn(guarded, plain);
  return { bare, own };
};

const bytesBeyond = (rounds: readonly Round[]): Figures => {
  const beyond = rounds.flatMap(({ bare, own }) =>
    bare.bytes === undefined || own.bytes === undefined ? [] : [own.bytes - bare.bytes],
  );
  return beyond.length === 0 ? {} : { addedBytes: median(beyond) };
};

const figuresOf = (rounds: readonly Round[]): Figures => {
  const ratios = rounds.map(({ bare, own }) => own.cpuUs / bare.cpuUs);
  const rates = spreadOf(rounds.map(({ bare, own }) => bare.wallUs / own.wallUs));
  const { low, high } = medianInterval(ratios);
  const { median: ratio, p10, p90 } = spreadOf(ratios);
  return {
    us: median(rounds.map(({ own }) => own.cpuUs)),
    ratio,
    low,
    high,
    p10,
    p90,
    addedUs: median(rounds.map(({ bare, own }) => own.cpuUs - bare.cpuUs)),
    rate: rates.median,
    rateP10: rates.p10,
    rateP90: rates.p90,
    ...bytesBeyond(rounds),
  };
};

const play = async (plain: Target, guarded: Target, effort: Effort): Promise<readonly Round[]> => {
  const requests = BATCH[effort];
  for (let i = 0; i < WARM_UP_BATCHES; i++) {
    for (const target of [plain, guarded]) await target.batch(requests);
  }
  const rounds: Round[] = [];
  while (rounds.length < ROUNDS[effort]) {
    const round = await playRound(
      () => plain.batch(requests),
      () => guarded.batch(requests),
    );
    rounds.push(round);
  }
  return rounds;
};

/** What the server of an app takes for a request beside that of the bare one. */
export const measureApp = async (bare: string, app: string, effort: Effort): Promise<Figures> => {
  const targets = await Promise.all([Target.start(bare), Target.start(app)]);
  try {
    return figuresOf(await play(...targets, effort));
  } finally {
    for (const target of targets) target.stop();
  }
};
