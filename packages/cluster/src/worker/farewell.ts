import type { DrainReport } from '@holdfast/core/lifecycle';
import type { FarewellReport } from '../protocol/messages.ts';

/** How the drains of this process went. */
export interface Outcome {
  /** Undefined where the deadline hit before they were over. */
  readonly reports: readonly DrainReport[] | undefined;
  /** Sockets of servers that are none of HTTP, as they were cut. */
  readonly rawSockets: number;
  readonly inFlight: number;
  readonly tookMs: number;
}

const counted = (count: number, one: string, many = `${one}s`): readonly string[] =>
  count === 0 ? [] : [`${count} ${count === 1 ? one : many} cut`];

const cutIn = ({ cut, teardown }: DrainReport): readonly string[] => [
  ...counted(cut.requests, 'request'),
  ...counted(cut.connections, 'connection'),
  ...counted(cut.sessions, 'session of HTTP/2', 'sessions of HTTP/2'),
  ...counted(cut.upgraded, 'upgraded connection'),
  ...teardown
    .filter(({ outcome }) => outcome !== 'done')
    .map(({ name, outcome }) => `teardown "${name}" ${outcome}`),
];

/** What keeps the event loop busy, by kind; all of it may be what others need, and nothing be lost with it. */
const resources = (): readonly string[] => {
  const counts = new Map<string, number>();
  for (const kind of process.getActiveResourcesInfo())
    counts.set(kind, (counts.get(kind) ?? 0) + 1);
  return Array.from(counts, ([kind, count]) => `${kind} × ${count}`);
};

const lostIn = ({ reports, rawSockets, inFlight }: Outcome): readonly string[] => [
  ...(reports?.flatMap(cutIn) ?? ['the drain was not over', ...counted(inFlight, 'request')]),
  ...counted(rawSockets, 'socket'),
];

/** What the supervisor is told in the end. */
export const farewellOf = (outcome: Outcome): FarewellReport => {
  const { reports, rawSockets, tookMs } = outcome;
  const clean = reports !== undefined && rawSockets === 0 && reports.every((each) => each.clean);
  return { clean, tookMs, open: clean ? [] : [...lostIn(outcome), ...resources()] };
};
