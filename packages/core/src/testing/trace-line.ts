import type { TraceEvent } from './trace-event.ts';

/** What the policies but for calls tell, by `type`. */
type Told = Exclude<TraceEvent, { readonly channel: 'call' }>;

const ms = (value: number): string => `${Math.round(value)} ms`;

const later = (what: string, value: number | undefined): string =>
  value === undefined ? '' : `, ${what} ${ms(value)}`;

const textOfCall = (event: Exclude<TraceEvent, Told>): string =>
  event.outcome +
  later('after', event.durationMs) +
  (event.probe ? ', a probe' : '') +
  (event.late ? ', late' : '');

const textOf = (event: Told): string => {
  switch (event.type) {
    case 'transition':
      return `${event.from} -> ${event.to} (${event.reason})${later('for', event.openForMs)}`;
    case 'refusal':
      return `refused, ${event.code}${later('retry in', event.retryAfterMs)}`;
    case 'wouldRefuse':
      return `would refuse, ${event.code}`;
    case 'mode':
      return `mode ${event.from} -> ${event.to}`;
    case 'isolation':
      return event.isolated ? `isolated (${event.reasons.join(', ')})` : 'isolated no more';
    case 'ramp':
      return `ramp from ${event.from}, over ${ms(event.overMs)}`;
    case 'lease':
      return `probe revoked after ${ms(event.leaseMs)}, ${event.action}`;
    case 'retry':
      return `attempt ${event.attempt} in vain, next in ${ms(event.delayMs)}`;
    case 'exhausted':
      return `all ${event.attempts} attempts in vain`;
    case 'overBudget':
      return `attempt ${event.attempt} in vain, budget spent`;
    case 'timeout':
      return `ended after ${ms(event.afterMs)}, ${event.code}`;
    case 'late':
      return `late ${event.ok ? 'success' : 'failure'}, ${ms(event.lateMs)} after its end`;
  }
};

/** One event as a line for people, times in whole milliseconds. */
export const lineOf = (event: TraceEvent): string => {
  const text = event.channel === 'call' ? textOfCall(event) : textOf(event);
  return `${ms(event.atMs)}  ${event.channel} ${event.name}: ${text}`;
};
