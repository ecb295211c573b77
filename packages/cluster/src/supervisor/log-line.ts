import type { SupervisorEvent } from './supervisor-events.ts';

const exitLine = (
  event: Extract<SupervisorEvent, { type: 'workerExited' }>,
): string | undefined => {
  const { clean, slot, pid, exitCode, signal, detail, report } = event;
  if (clean) return undefined;
  const who = slot === null ? 'standby' : `worker of slot ${slot}`;
  if (pid === 0) return `${who}: could not be started: ${detail}`;
  const open =
    report === undefined || report.open.length === 0 ? '' : `; ${report.open.join(', ')}`;
  return `${who}, pid ${pid}: gone, ${signal ?? `code ${exitCode}`}${open}`;
};

const inSeconds = (ms: number): string => `${(ms / 1_000).toFixed(1)} s`;

/** What the log says of an event; nothing where all goes as it should, or where the watchdog has said it. */
export const logLine = (event: SupervisorEvent): string | undefined => {
  switch (event.type) {
    case 'workerExited':
      return exitLine(event);
    case 'restartScheduled':
      return `slot ${event.slot}: another worker in ${inSeconds(event.delayMs)} (${event.cause}, failures in a row: ${event.failures})`;
    case 'budgetExhausted':
      return `slot ${event.slot}: the restart budget is used up, the next restart is in ${inSeconds(event.retryAfterMs)}`;
    case 'slotGivenUp':
      return `slot ${event.slot}: has no worker any more: ${event.detail}`;
    case 'reloadAborted':
      return `reload "${event.reason}" was given up: ${event.detail}`;
    case 'reloadCompleted':
      return `reload "${event.reason}" has replaced ${event.replaced} workers in ${inSeconds(event.tookMs)}`;
    default:
      return undefined;
  }
};
