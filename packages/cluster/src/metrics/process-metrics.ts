import type { MetricFamily } from './types.ts';

const MS_PER_SECOND = 1_000;
const US_PER_SECOND = 1_000_000;

/** What this process has used, as the runtime counts it. */
export const processFamilies = (): MetricFamily[] => {
  const { active, idle } = performance.eventLoopUtilization();
  const { user, system } = process.cpuUsage();
  const { rss, heapTotal, heapUsed, external } = process.memoryUsage();
  return [
    {
      name: 'holdfast_event_loop_seconds_total',
      help: 'Time that event loops were active and idle.',
      type: 'counter',
      values: [
        { labels: { state: 'active' }, value: active / MS_PER_SECOND },
        { labels: { state: 'idle' }, value: idle / MS_PER_SECOND },
      ],
    },
    {
      name: 'holdfast_cpu_seconds_total',
      help: 'Time on a CPU.',
      type: 'counter',
      values: [
        { labels: { mode: 'user' }, value: user / US_PER_SECOND },
        { labels: { mode: 'system' }, value: system / US_PER_SECOND },
      ],
    },
    {
      name: 'holdfast_memory_bytes',
      help: 'Memory by kind.',
      type: 'gauge',
      aggregator: 'sum',
      values: Object.entries({ rss, heapTotal, heapUsed, external }).map(([kind, value]) => ({
        labels: { kind },
        value,
      })),
    },
  ];
};
