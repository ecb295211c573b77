/** One value of a family. */
export interface MetricValue {
  readonly labels: Readonly<Record<string, string | number>>;
  readonly value: number;
  /** Where it is not that of the family: `…_bucket` (with the label `le`), `…_sum` and `…_count` of a histogram. */
  readonly metricName?: string | undefined;
}

/** One metric as prom-client's `getMetricsAsJSON()` gives it. */
export interface MetricFamily {
  readonly name: string;
  readonly help: string;
  readonly type: 'counter' | 'gauge' | 'histogram' | 'summary';
  /**
   * How workers' gauges are joined. Default `sum`. Counters, histograms, and sum and count of summaries are summed
   * always; of quantiles the highest is taken in place of `sum`.
   */
  readonly aggregator?: 'sum' | 'first' | 'min' | 'max' | 'average' | 'omit' | undefined;
  readonly values: readonly MetricValue[];
}
