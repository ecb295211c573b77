import { isFields, type Fields } from './fields.ts';
import type { FarewellReport, FromWorker, LeavingReason, WorkerVitals } from './messages.ts';

const LEAVING_REASONS: ReadonlySet<unknown> = new Set<LeavingReason>([
  'signal',
  'asked',
  'error',
  'orphaned',
]);

/** What a worker tells may be shown, but not without end. */
const LONGEST_DETAIL = 8_192;
const MOST_OPEN = 100;

const textOf = (value: unknown): string =>
  typeof value === 'string' ? value.slice(0, LONGEST_DETAIL) : '';

const isCount = (value: unknown): value is number =>
  typeof value === 'number' && Number.isFinite(value) && value >= 0;

const vitalsOf = (value: unknown): WorkerVitals | undefined => {
  if (!isFields(value)) return undefined;
  const { requests, inFlight, rssBytes, eventLoopUtilization } = value;
  if (!isCount(requests) || !isCount(inFlight)) return undefined;
  if (!isCount(rssBytes) || !isCount(eventLoopUtilization)) return undefined;
  return { requests, inFlight, rssBytes, eventLoopUtilization };
};

const reportOf = (value: unknown): FarewellReport => {
  const { clean, tookMs, open }: Fields = isFields(value) ? value : {};
  const texts: readonly unknown[] = Array.isArray(open) ? open.slice(0, MOST_OPEN) : [];
  return {
    clean: clean === true,
    tookMs: isCount(tookMs) ? tookMs : 0,
    open: texts.map((each) => textOf(each)),
  };
};

const leavingOf = ({ reason, detail, isServing }: Fields): FromWorker => ({
  holdfast: 'leaving',
  isServing: isServing === true,
  reason: LEAVING_REASONS.has(reason) ? (reason as LeavingReason) : 'error',
  detail: textOf(detail),
});

const answerOf = ({ holdfast, id, value, detail }: Fields): FromWorker | undefined => {
  if (!isCount(id)) return undefined;
  return holdfast === 'answer'
    ? { holdfast, id, value }
    : { holdfast: 'failure', id, detail: textOf(detail) };
};

const vitalsMessageOf = (fields: Fields): FromWorker | undefined => {
  const vitals = vitalsOf(fields['vitals']);
  return vitals === undefined ? undefined : { holdfast: 'vitals', vitals };
};

const parsers: ReadonlyMap<unknown, (fields: Fields) => FromWorker | undefined> = new Map<
  unknown,
  (fields: Fields) => FromWorker | undefined
>([
  ['loaded', () => ({ holdfast: 'loaded' })],
  ['ready', () => ({ holdfast: 'ready' })],
  ['vitals', vitalsMessageOf],
  ['leaving', leavingOf],
  ['bye', ({ report }) => ({ holdfast: 'bye', report: reportOf(report) })],
  ['fatal', ({ detail }) => ({ holdfast: 'fatal', detail: textOf(detail) })],
  ['answer', answerOf],
  ['failure', answerOf],
]);

/** What a worker has said, or undefined where it is nothing of ours, or malformed. */
export const parseFromWorker = (message: unknown): FromWorker | undefined => {
  if (!isFields(message)) return undefined;
  return parsers.get(message['holdfast'])?.(message);
};
