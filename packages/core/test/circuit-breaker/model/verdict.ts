import type { RefusalCode } from '../../../src/errors.ts';
import type { Model, Ticket } from './state.ts';
import { slowLimit } from './windows.ts';

/** What a result carries for the judge of the run; nobody else looks at it. */
export type Tag =
  | 'success'
  | 'failure'
  | 'slow'
  | 'ignore'
  | 'throws'
  | 'resets'
  | 'opens'
  | { readonly openForMs: number };

/** How a call or a permit ends. */
export type Ending =
  | { readonly kind: 'permit-success' }
  | { readonly kind: 'permit-failure'; readonly openForMs?: number }
  | { readonly kind: 'permit-ignore' }
  | { readonly kind: 'value'; readonly tag: Tag }
  | { readonly kind: 'error'; readonly tag: Tag }
  | { readonly kind: 'thenable' }
  | { readonly kind: 'abort-error' | 'timeout-error' | 'abort-by-timeout' | 'hf-timeout' }
  | { readonly kind: 'hedge-lost' }
  | { readonly kind: 'deadline'; readonly afterMs?: number }
  | { readonly kind: 'refusal'; readonly code: RefusalCode };

export interface ModelVerdict {
  readonly outcome: 'success' | 'failure' | 'slow' | 'ignored';
  readonly openForMs?: number;
}

const IGNORED: ModelVerdict = { outcome: 'ignored' };
const FAILURE: ModelVerdict = { outcome: 'failure' };

const PERMIT_ENDINGS = new Set(['permit-success', 'permit-failure', 'permit-ignore']);

/** Operations that a classifier starts in the middle of its judgement. */
export interface Reentry {
  readonly resets: () => unknown;
  readonly opens: () => unknown;
}

export const judge = (
  model: Model,
  ticket: Ticket,
  ending: Ending,
  reentry: Reentry,
): ModelVerdict =>
  ending.kind === 'value' || PERMIT_ENDINGS.has(ending.kind)
    ? judgeAnswer(model, ending, reentry)
    : judgeError(model, ticket, ending, reentry);

/** A success that took too long is slow, whoever called it a success. */
export const withSlowness = (model: Model, ticket: Ticket, verdict: ModelVerdict): ModelVerdict => {
  const tookLong = model.now - ticket.startedAt >= slowLimit(model.settings.rules);
  return verdict.outcome === 'success' && tookLong ? { outcome: 'slow' } : verdict;
};

const judgeAnswer = (model: Model, ending: Ending, reentry: Reentry): ModelVerdict => {
  if (ending.kind === 'permit-failure') return { outcome: 'failure', ...openFor(ending.openForMs) };
  if (ending.kind === 'permit-ignore') return IGNORED;
  if (ending.kind === 'value' && model.settings.judge === 'classify') {
    return classified(model, ending.tag, reentry);
  }
  return { outcome: 'success' };
};

const openFor = (openForMs: number | undefined): { openForMs?: number } =>
  openForMs === undefined ? {} : { openForMs };

/** First aborts, timeouts and refusals; only then the judge of the run. */
const judgeError = (
  model: Model,
  ticket: Ticket,
  ending: Ending,
  reentry: Reentry,
): ModelVerdict => {
  if (ending.kind === 'thenable') return IGNORED;
  if (ticket.aborted !== undefined) return judgeCallersAbort(model, ticket.aborted);
  switch (ending.kind) {
    case 'timeout-error':
    case 'abort-by-timeout':
    case 'hf-timeout':
      return FAILURE;
    case 'deadline':
      return ranFor(model, ticket, ending) >= model.settings.blameAfterMs ? FAILURE : IGNORED;
    case 'error':
      return judgePlainError(model, ending.tag, reentry);
    default:
      return IGNORED;
  }
};

/** What the breaker measured, or what the policy that set the deadline says it gave. */
const ranFor = (model: Model, ticket: Ticket, { afterMs = 0 }: { afterMs?: number }): number =>
  Math.max(model.now - ticket.startedAt, afterMs);

const judgeCallersAbort = (model: Model, kind: NonNullable<Ticket['aborted']>): ModelVerdict => {
  if (kind === 'hf-timeout') return FAILURE;
  return kind === 'timeout' && model.settings.callerTimeout === 'failure' ? FAILURE : IGNORED;
};

const judgePlainError = (model: Model, tag: Tag, reentry: Reentry): ModelVerdict => {
  if (model.settings.judge === 'classify') return classified(model, tag, reentry);
  if (model.settings.judge === 'nobody') return FAILURE;
  if (tag === 'throws') model.reports++;
  return tag === 'success' ? { outcome: 'success' } : FAILURE;
};

/** The classifier of the run answers what the tag says. */
const classified = (model: Model, tag: Tag, reentry: Reentry): ModelVerdict => {
  if (typeof tag === 'object') return { outcome: 'failure', openForMs: tag.openForMs };
  if (tag === 'ignore') return IGNORED;
  if (tag === 'success' || tag === 'slow') return { outcome: tag };
  if (tag === 'throws') model.reports++;
  if (tag === 'resets') reentry.resets();
  if (tag === 'opens') reentry.opens();
  return FAILURE;
};
