import type { ClusterMetrics } from '../supervisor/types.ts';
import type { MetricFamily } from './types.ts';

/** A family as a registry of prom-client asks for it. */
export interface PrometheusMetric {
  get(): Promise<unknown>;
}

/** A registry of prom-client. */
export interface PrometheusRegistry {
  registerMetric(metric: PrometheusMetric): void;
  metrics(): Promise<string>;
}

/** What is used of the module `prom-client`. */
export interface PrometheusClient {
  readonly Registry: new () => PrometheusRegistry;
}

const metricOf = (family: MetricFamily): PrometheusMetric & { readonly name: string } => ({
  name: family.name,
  get: () => Promise.resolve(family),
});

/**
 * Metrics of a cluster as text for Prometheus, with the content type `client.prometheusContentType`. `client` is the
 * module `prom-client`, from version 15 on.
 */
export const prometheusText = (
  { families }: Pick<ClusterMetrics, 'families'>,
  client: PrometheusClient,
): Promise<string> => {
  const registry = new client.Registry();
  for (const family of families) registry.registerMetric(metricOf(family));
  return registry.metrics();
};
