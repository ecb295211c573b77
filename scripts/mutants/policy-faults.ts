import type { Fault } from './fault.ts';

/** Retry, its budget and its backoff. */
const RETRY_FAULTS: readonly Fault[] = [
  {
    title: 'a further attempt costs the budget nothing',
    file: 'retry/budget.ts',
    find: 'this.#credit = Math.max(0, this.#credit - 1);',
    replace: '',
  },
  {
    title: 'a budget saves credit without a cap',
    file: 'retry/credit.ts',
    find: 'return Math.min(credit + earned, floorPerMs * spanMs + ratio * count);',
    replace: 'return credit + earned;',
  },
  {
    title: 'a budget has no floor',
    file: 'retry/credit.ts',
    find: 'const earned = ratio * passed.calls + floorPerMs * passed.elapsedMs;',
    replace: 'const earned = ratio * passed.calls;',
  },
  {
    title: 'a repeated part deposits as if its attempts were first ones',
    file: 'retry/retry.ts',
    find: 'if (budget !== false && record.attempt === 1) budget.deposit();',
    replace: 'if (budget !== false) budget.deposit();',
  },
  {
    title: 'a refusal is retried',
    file: 'retry/rules.ts',
    find: '(holdsRefusal(ending.error) || ',
    replace: '(false || ',
  },
  {
    title: 'a pause that outlasts the deadline is slept all the same',
    file: 'retry/rules.ts',
    find: 'delayMs !== undefined && delayMs < remainingMs ? delayMs : undefined',
    replace: 'delayMs',
  },
  {
    title: 'an abort in the moment in which a pause ends makes one more attempt',
    file: 'retry/further-attempts.ts',
    find: '    repetition.signal.throwIfAborted();\n',
    replace: '',
  },
  {
    title: 'jitter shortens what Retry-After asked for',
    file: 'retry/pause.ts',
    find: 'asked * (1 + RETRY_AFTER_SPREAD * random())',
    replace: 'asked * (1 - RETRY_AFTER_SPREAD * random())',
  },
  {
    title: 'a Retry-After beyond the maximum is waited for',
    file: 'retry/pause.ts',
    find: '  if (asked !== undefined && asked > maxRetryAfterMs) return undefined;\n',
    replace: '',
  },
  {
    title: 'a ratio of jitter goes beyond the longest delay',
    file: 'retry/backoff.ts',
    find: 'Math.min(delay, maxMs / (1 + jitter))',
    replace: 'delay',
  },
  {
    title: 'decorrelated jitter forgets the delay before',
    file: 'retry/backoff.ts',
    find: 'Math.max(baseMs, previousMs * 3)',
    replace: 'baseMs * 3',
  },
  {
    title: 'an unwanted result is taken after all',
    file: 'retry/rules.ts',
    find: 'this.settings.whenResult?.(ending.value, attempt) === true',
    replace: 'false',
  },
];

/** Timeouts, deadlines, and what runs on after them. */
const TIME_FAULTS: readonly Fault[] = [
  {
    title: 'a deadline inside a retry is not put back',
    file: 'deadline/deadline.ts',
    find: '    record.deadline = timer.outside;\n',
    replace: '',
  },
  {
    title: 'a deadline tells nobody inside',
    file: 'deadline/deadline.ts',
    find: 'if (timer instanceof CallTimer) record.deadline = timer.due;',
    replace: '',
  },
  {
    title: 'of nested deadlines the inner one holds',
    file: 'timeout/limit-timer.ts',
    find: 'deadline !== undefined && deadline < own;',
    replace: 'deadline !== undefined && deadline < 0;',
  },
  {
    title: 'work that stopped while its end waited for the sockets is ended all the same',
    file: 'timeout/time-limit.ts',
    find: '    if (timer.left || timer.met()) return;\n',
    replace: '',
  },
  {
    title: 'work that is no call knows of no nearer deadline',
    file: 'timeout/work-timer.ts',
    find: 'super(limit, deadline, now);',
    replace: 'super(limit, undefined, now);',
  },
  {
    title: 'a late end is never taken off the gauge',
    file: 'timeout/time-limit.ts',
    find: '    this.lateInFlight--;\n',
    replace: '',
  },
  {
    title: 'a call that was given up still has time left',
    file: 'pipeline/run.ts',
    find: 'return this.#turn > 0 ? 0 : ',
    replace: 'return ',
  },
  {
    title: 'the pass outside does not know of late calls inside',
    file: 'pipeline/late-calls.ts',
    find: '    this.#outside?.add(call);\n',
    replace: '',
  },
  {
    title: 'a stage that let a call in too late does not get its ticket back',
    file: 'pipeline/run.ts',
    find: '      this.#stack.stages[index]?.leave(entry, unsent(undefined), this);\n',
    replace: '',
  },
];

/** Attempts and time, and the stack that joins the policies. */
export const POLICY_FAULTS: readonly Fault[] = [...RETRY_FAULTS, ...TIME_FAULTS];
