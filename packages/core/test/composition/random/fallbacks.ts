import { fallback, isRefusal, type CallContext } from '../../../src/index.ts';
import { untilAborted } from '../../support/calls.ts';
import type { Execution } from './execution.ts';
import type { FallbackPlan } from './plan.ts';
import type { Built, Site } from './site.ts';

const answerOf = async (
  plan: FallbackPlan,
  site: Site,
  execution: Execution,
  context: CallContext,
): Promise<unknown> => {
  if (execution.plan.abort === 'in the fallback') queueMicrotask(() => site.giveUp(execution));
  if (plan.answer === 'when aborted') return await untilAborted(context);
  if (plan.answer === 'later') {
    await new Promise<void>((resolve) => {
      site.after(40, resolve);
    });
  }
  if (plan.answer === 'fails') throw execution.error(new Error('no fallback'));
  return execution.value({ instead: execution.id });
};

export const fallbackOf = (plan: FallbackPlan, name: string, site: Site): Built => {
  const when = {
    'every error': () => true,
    refusals: isRefusal,
    'other errors': (error: unknown) => !isRefusal(error),
  }[plan.when];
  if (plan.answer === 'a value') return { plan, policy: fallback({ name, when, value: null }) };
  const to = (_error: unknown, context: CallContext): Promise<unknown> => {
    const execution = site.of(context);
    if (execution.aborted) site.fault('a fallback answered a caller who had given up');
    return execution.run('fallback', context, () => answerOf(plan, site, execution, context));
  };
  return { plan, policy: fallback({ name, when, to }) };
};
