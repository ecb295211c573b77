import type { BlockedReport, UnblockedReport } from './report.ts';

/** Which process a text is about. */
export interface Subject {
  readonly pid: number;
  readonly slot: number | undefined;
}

const nameOf = ({ pid, slot }: Subject): string =>
  slot === undefined ? `process ${pid}` : `process ${pid} (slot ${slot})`;

/** What standard error says of a report. */
export const reportText = (subject: Subject, report: BlockedReport | UnblockedReport): string => {
  const head = `[holdfast] ${nameOf(subject)}: the event loop`;
  if (report.type === 'unblocked') return `${head} goes on after ${report.blockedMs} ms\n`;
  const { blockedMs, stack, detail } = report;
  const line = `${head} has stood still for ${blockedMs} ms (${detail})`;
  return stack === undefined ? `${line}\n` : `${line}:\n${stack}\n`;
};

const CAUSES = {
  blocked: 'its event loop stands still',
  'drain-overdue': 'its drain is overdue',
};

/** What standard error says before the end of an orphan. */
export const abandonedText = (subject: Subject, cause: keyof typeof CAUSES): string =>
  `[holdfast] ${nameOf(subject)}: killed, its supervisor is gone and ${CAUSES[cause]}\n`;
