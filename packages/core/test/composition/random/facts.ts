import type { PolicyPlan, SinglePlan } from './plan.ts';

/** The policies of a stack, those of inner pipelines in their places. */
const flat = (plans: readonly PolicyPlan[]): readonly SinglePlan[] =>
  plans.flatMap((plan) => (plan.kind === 'pipeline' ? plan.policies : [plan]));

const isLimit = ({ kind }: SinglePlan): boolean => kind === 'timeout' || kind === 'deadline';

/** Whether everything that may hang in a stack is ended by a limit of time outside it. */
export const isLimited = (plans: readonly PolicyPlan[]): boolean => {
  const policies = flat(plans);
  const first = policies.findIndex(isLimit);
  const endless = policies.findIndex(
    (plan) => plan.kind === 'fallback' && plan.answer === 'when aborted',
  );
  return first >= 0 && (endless < 0 || first < endless);
};

/** The most often that one execution may make its call. */
export const mostCalls = (plans: readonly PolicyPlan[]): number => {
  let most = 1;
  for (const plan of flat(plans)) {
    if (plan.kind === 'retry') most *= plan.attempts;
    if (plan.kind === 'own' && plan.does === 'calls again') most *= 2;
  }
  return most;
};

/** How long an execution may last: what the outermost limit allows, if it is outermost in the stack. */
export const boundOf = (plans: readonly PolicyPlan[], deadlineMs: number): number => {
  const [outermost] = flat(plans);
  return outermost !== undefined && 'ms' in outermost
    ? Math.min(outermost.ms, deadlineMs)
    : Infinity;
};
