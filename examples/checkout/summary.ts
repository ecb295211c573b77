import type { Evidence } from './evidence.ts';
import { HEALED_AT_MS, phaseAt } from './incident.ts';
import type { Outcome, Sample, Side } from './messages.ts';

/** What a customer waits for before the answer is worth nothing. */
const IN_TIME_MS = 1_000;
/** So many orders in a row charged at once mean that the API has recovered. */
const RECOVERED_AFTER = 100;

/** How one API came through the incident. */
export interface SideSummary {
  /** Orders due while the payments service was sick. */
  readonly orders: number;
  /** Charged or accepted, in time. */
  readonly served: number;
  /** Those of them accepted to be charged later. */
  readonly later: number;
  /** Turned away with 503 and Retry-After, in time. */
  readonly refused: number;
  /** Any other answer, in time. */
  readonly failed: number;
  /** No answer in time. */
  readonly late: number;
  readonly p50: number;
  readonly p99: number;
  /** Share of the orders due in the hang that got any answer in time. */
  readonly answeredInHang: number;
  /** Calls that reached the payments service while it was sick. */
  readonly sickCalls: number;
  /** From the healing until orders were charged at once again; undefined if never. */
  readonly recoveryMs: number | undefined;
}

export type Summary = Readonly<Record<Side, SideSummary>>;

/** The smallest value that `share` of the sorted values do not exceed; NaN for none. */
export const percentile = (sorted: readonly number[], share: number): number =>
  sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN;

export const latenciesOf = (samples: readonly Sample[]): readonly number[] =>
  samples.map(({ latencyMs }) => latencyMs).toSorted((a, b) => a - b);

const inTime = ({ latencyMs, outcome }: Sample): boolean =>
  outcome !== 'timeout' && latencyMs <= IN_TIME_MS;

const count = (samples: readonly Sample[], ...outcomes: readonly Outcome[]): number =>
  samples.filter(({ outcome }) => outcomes.includes(outcome)).length;

/** From the healing to the first order that begins an unbroken run of orders charged at once. */
export const recoveryMs = (samples: readonly Sample[]): number | undefined => {
  const after = samples.filter(({ at }) => at >= HEALED_AT_MS).toSorted((a, b) => a.at - b.at);
  let run: Sample[] = [];
  for (const sample of after) {
    if (sample.outcome === 'paid' && inTime(sample)) run.push(sample);
    else run = [];
    if (run.length === RECOVERED_AFTER) break;
  }
  const [first] = run;
  return first === undefined || run.length < RECOVERED_AFTER ? undefined : first.at - HEALED_AT_MS;
};

const summaryOf = (side: Side, { samples, calls }: Evidence): SideSummary => {
  const all = samples.filter((sample) => sample.side === side);
  const incident = all.filter(({ at }) => phaseAt(at) !== 'healthy');
  const answered = incident.filter(inTime);
  const hang = all.filter(({ at }) => phaseAt(at) === 'hang');
  const latencies = latenciesOf(incident);
  return {
    orders: incident.length,
    served: count(answered, 'paid', 'later'),
    later: count(answered, 'later'),
    refused: count(answered, 'refused'),
    failed: count(answered, 'error'),
    late: incident.length - answered.length,
    p50: percentile(latencies, 0.5),
    p99: percentile(latencies, 0.99),
    answeredInHang: hang.filter(inTime).length / hang.length,
    sickCalls: calls[side].hang + calls[side].errors,
    recoveryMs: recoveryMs(all),
  };
};

export const summarise = (evidence: Evidence): Summary => ({
  bare: summaryOf('bare', evidence),
  holdfast: summaryOf('holdfast', evidence),
});
