import type { WorkerVitals } from '../protocol/messages.ts';
import type { WorkerStatus } from '../supervisor/types.ts';
import type { MetricFamily, MetricValue } from './types.ts';

const MS_PER_SECOND = 1_000;

const named = (
  name: string,
  type: 'counter' | 'gauge',
  help: string,
): Pick<MetricFamily, 'name' | 'type' | 'help'> => ({
  name: `holdfast_worker_${name}`,
  type,
  help,
});

const REQUESTS = named('requests_total', 'counter', 'HTTP requests begun.');
const IN_FLIGHT = named('requests_in_flight', 'gauge', 'HTTP requests that are not over.');
const MEMORY = named('resident_memory_bytes', 'gauge', 'Resident memory.');
const BUSY = named('event_loop_utilization', 'gauge', 'Busy share of the event loop, from 0 to 1.');
const AGE = named('age_seconds', 'gauge', 'Since the process was forked.');

type Labels = MetricValue['labels'];

/** By slot: replaced workers' requests go on in their slot's. */
const labelsOf = (slot: number | null): Labels => ({ slot: slotText(slot) });

const requestsOf = ({ requests }: WorkerVitals, labels: Labels): MetricFamily => ({
  ...REQUESTS,
  values: [{ labels, value: requests }],
});

/** What is known of a worker without asking it. */
export const vitalsFamilies = ({ slot, ageMs, vitals }: WorkerStatus): MetricFamily[] => {
  const labels = labelsOf(slot);
  const age: MetricFamily = {
    ...AGE,
    aggregator: 'min',
    values: [{ labels, value: ageMs / MS_PER_SECOND }],
  };
  if (vitals === null) return [age];
  const { inFlight, rssBytes, eventLoopUtilization } = vitals;
  return [
    age,
    requestsOf(vitals, labels),
    { ...IN_FLIGHT, values: [{ labels, value: inFlight }] },
    { ...MEMORY, values: [{ labels, value: rssBytes }] },
    { ...BUSY, aggregator: 'max', values: [{ labels, value: eventLoopUtilization }] },
  ];
};

/** What stays of a worker that is gone. */
export const lastFamilies = ({
  slot,
  vitals,
}: Pick<WorkerStatus, 'slot' | 'vitals'>): MetricFamily[] =>
  vitals === null ? [] : [requestsOf(vitals, labelsOf(slot))];

export const slotText = (slot: number | null): string => (slot === null ? 'standby' : String(slot));
