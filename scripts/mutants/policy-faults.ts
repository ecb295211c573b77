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
    file: 'retry/further-attempts.ts',
    find: '(holdsRefusal(ending.error) || ',
    replace: '(false || ',
  },
  {
    title: 'a pause that outlasts the deadline is slept all the same',
    file: 'retry/further-attempts.ts',
    find: 'delayMs !== undefined && delayMs < left ? delayMs : undefined',
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
    file: 'retry/further-attempts.ts',
    find: 'this.#settings.whenResult?.(ending.value, attempt) === true',
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
    file: 'timeout/call-timer.ts',
    find: 'deadline !== undefined && deadline < own;',
    replace: 'deadline !== undefined && deadline < 0;',
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

/** Bulkhead, rate limit and fallback. */
const LIMIT_FAULTS: readonly Fault[] = [
  {
    title: 'a bulkhead lets one too many in',
    file: 'bulkhead/slots.ts',
    find: 'if (this.inFlight >= this.#limit) return',
    replace: 'if (this.inFlight > this.#limit) return',
  },
  {
    title: 'a slot that frees waits for the next call',
    file: 'bulkhead/slots.ts',
    find: '    if (this.#room.size === 0) return;\n    this.#serve();\n',
    replace: '',
  },
  {
    title: 'a call that throws keeps its slot',
    file: 'bulkhead/plain-calls.ts',
    find: '    this.#slots.free();\n    throw error;\n',
    replace: '    throw error;\n',
  },
  {
    title: 'a slot of work that runs on is free at once under finished',
    file: 'bulkhead/bulkhead-stage.ts',
    find: '    if (!holds) slots.free();',
    replace: '    slots.free();',
  },
  {
    title: 'a waiter that gave up leaves its listener',
    file: 'bulkhead/waiting-room.ts',
    find: "    waiter.signal?.removeEventListener('abort', waiter);\n",
    replace: '',
  },
  {
    title: 'the youngest of a priority is served first',
    file: 'bulkhead/place-heap.ts',
    find: 'one.arrival < other.arrival',
    replace: 'one.arrival > other.arrival',
  },
  {
    title: 'a rate limit lets a burst and one more through',
    file: 'rate-limit/gcra.ts',
    find: 'Math.floor(rate.burst - level + tolerance(rate))',
    replace: 'Math.floor(rate.burst - level + 1)',
  },
  {
    title: 'units leave a sliding window with the first of their span',
    file: 'rate-limit/sliding-window.ts',
    find: '  log.spans[at] = now;\n',
    replace: '  if (log.spans[at + 1] === 0) log.spans[at] = now;\n',
  },
  {
    title: 'a newcomer overtakes those who wait for the same key',
    file: 'rate-limit/limiter.ts',
    find: 'if (bucket.line !== undefined || bucket.room(now) < units) return false;',
    replace: 'if (bucket.room(now) < units) return false;',
  },
  {
    title: 'a fallback answers a caller who has given up',
    file: 'fallback/fallback.ts',
    find: 'if (ending.ok || record.options?.signal?.aborted === true) return undefined;',
    replace: 'if (ending.ok) return undefined;',
  },
];

/** The policies beside the circuit breaker, and the stack that joins them. */
export const POLICY_FAULTS: readonly Fault[] = [...RETRY_FAULTS, ...TIME_FAULTS, ...LIMIT_FAULTS];
