import type { HoldfastCode } from '../errors.ts';
import { clockOf } from '../options/time-and-chance.ts';
import { assertOptions, given, nameOf, numberIn } from '../options/validate.ts';
import { stackPolicy } from '../pipeline/stack-policy.ts';
import { stackOfOne } from '../pipeline/stack.ts';
import type { Stage } from '../pipeline/stage.ts';
import type { CallTimer } from './call-timer.ts';
import { countsOf, TimeLimit, type TimeLimitSettings } from './time-limit.ts';
import type {
  Expiring,
  NoTimeLeft,
  RunningLimit,
  TimeLimitOptions,
  TimeLimitPolicy,
  TimeoutEvents,
} from './types.ts';

/** What tells a timeout from a deadline. */
export interface LimitKind {
  /** The kind of policy, and its name where nobody gives one. */
  readonly policy: 'timeout' | 'deadline';
  /** The option that says how long. */
  readonly option: 'timeoutMs' | 'deadlineMs';
  readonly code: HoldfastCode;
  stage(limit: TimeLimit): Stage<CallTimer>;
}

const settingsOf = (
  { policy, option }: LimitKind,
  options: TimeLimitOptions,
): TimeLimitSettings => {
  assertOptions(policy, options, ['name', option, 'stallMs', 'clock']);
  return {
    name: nameOf('name', given(options.name, policy)),
    limitMs: numberIn(option, Reflect.get(options, option), { above: 0 }),
    stallMs: numberIn('stallMs', given(options.stallMs, 250), { above: 0 }),
    clock: clockOf(options.clock),
  };
};

/** A timeout or a deadline. */
export const limitPolicy = <Options extends TimeLimitOptions>(
  kind: LimitKind,
  options: Options,
): TimeLimitPolicy<Options> => {
  const { option, code } = kind;
  const limit = new TimeLimit(code, settingsOf(kind, options));
  const policy = stackPolicy<Options, TimeoutEvents>({
    name: limit.name,
    stack: stackOfOne(kind.stage(limit)),
    events: limit.events,
    update: (change) => {
      const { name, limitMs, stallMs, clock } = limit;
      limit.update(settingsOf(kind, { [option]: limitMs, stallMs, ...change, name, clock }));
    },
    snapshot: () => ({ name: limit.name, [option]: limit.limitMs, ...countsOf(limit) }),
    dispose: () => limit.tidy(),
  });
  return Object.assign(policy, {
    begin: (work: Expiring, deadline?: number): RunningLimit | NoTimeLeft =>
      limit.begin(work, deadline),
  });
};
