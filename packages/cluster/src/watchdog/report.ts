/** The event loop stands still. */
export interface BlockedReport {
  readonly type: 'blocked';
  /** For how long it has so far. */
  readonly blockedMs: number;
  /** As in `Error.stack`, without its first line; undefined where none could be had, and `detail` says why. */
  readonly stack: string | undefined;
  readonly detail: string;
}

/** It goes on. */
export interface UnblockedReport {
  readonly type: 'unblocked';
  /** For how long it stood still in all. */
  readonly blockedMs: number;
}

export type WatchdogReport = BlockedReport | UnblockedReport;

/** One line of JSON, as it goes to `WATCHDOG_DESCRIPTOR`. */
export const reportLine = (report: WatchdogReport): string =>
  `${JSON.stringify(report.type === 'blocked' ? { ...report, stack: report.stack ?? null } : report)}\n`;

const fieldsOf = (line: string): Readonly<Record<string, unknown>> | undefined => {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? { ...value } : undefined;
  } catch {
    return undefined;
  }
};

const isDuration = (value: unknown): value is number =>
  typeof value === 'number' && Number.isFinite(value) && value >= 0;

/** What a line says; undefined where it is none of ours. Never throws. */
export const parseReport = (line: string): WatchdogReport | undefined => {
  const { type, blockedMs, stack, detail } = fieldsOf(line) ?? {};
  if (!isDuration(blockedMs)) return undefined;
  if (type === 'unblocked') return { type, blockedMs };
  if (type !== 'blocked' || typeof detail !== 'string') return undefined;
  if (typeof stack !== 'string' && stack !== null) return undefined;
  return { type, blockedMs, stack: stack ?? undefined, detail };
};
