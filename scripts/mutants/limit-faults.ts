import type { Fault } from './fault.ts';

/** Deadlines in lanes, bulkhead, rate limit and fallback. */
export const LIMIT_FAULTS: readonly Fault[] = [
  {
    title: 'a lane that was empty wakes too late',
    file: 'runtime/deadline-lane.ts',
    find: 'this.position < 0 || deadline.due < this.due',
    replace: 'this.position < 0',
  },
  {
    title: 'a lane fires out of the order of other lanes',
    file: 'runtime/deadline-lane.ts',
    find: '    if (first.due > this.due) return this.#enter(first.due);\n',
    replace: '',
  },
  {
    title: 'a lane does not keep the process alive',
    file: 'runtime/deadline-lane.ts',
    find: '    if (deadline.keepsAlive) this.#queue.hold();\n',
    replace: '',
  },
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
    title: 'a bulkhead makes a signal for a caller who does not wait',
    file: 'bulkhead/permits.ts',
    find: '    const { deadline, priority = 0 } = options;\n',
    replace: '    const { deadline, priority = 0, signal: _ } = options;\n',
  },
  {
    title: 'units are given back twice',
    file: 'rate-limit/enter.ts',
    find: '    this.#receipt = undefined;\n',
    replace: '',
  },
  {
    title: 'a fallback answers a caller who has given up',
    file: 'fallback/fallback.ts',
    find: 'if (ending.ok || record.options?.signal?.aborted === true) return undefined;',
    replace: 'if (ending.ok) return undefined;',
  },
];
