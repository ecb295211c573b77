import { breaker, type Fault } from './fault.ts';

/** Transitions, breaks, commands and the registry. */
export const COMMAND_FAULTS: readonly Fault[] = [
  {
    title: 'a transition begins no generation',
    file: breaker('machine'),
    find: 'const { state: from, name } = this;\n    this.generation++;',
    replace: 'const { state: from, name } = this;',
  },
  {
    title: 'k is reset too early',
    file: breaker('machine'),
    find: 'now - this.closedAt >= open.stableForMs',
    replace: 'now - this.closedAt >= 0',
  },
  {
    title: 'k never grows',
    file: breaker('machine'),
    find: 'stable ? 1 : this.consecutiveOpens + 1',
    replace: '1',
  },
  {
    title: 'the break ignores its cap',
    file: breaker('break-duration'),
    find: 'const capped = Math.min(open.maxMs, open.baseMs * growth);',
    replace: 'const capped = open.baseMs * growth;',
  },
  {
    title: 'Retry-After is forgotten',
    file: breaker('break-duration'),
    find: 'if (openForMs === undefined)',
    replace: 'if (open.jitter >= 0)',
  },
  {
    title: 'closing keeps the old window',
    file: breaker('machine'),
    find: '    this.meter.clear();\n    if (ramp === false) {',
    replace: '    if (ramp === false) {',
  },
  {
    title: 'the ramp admits everybody',
    file: breaker('ramp'),
    find: 'return from + (1 - from) * Math.min(1, (now - this.#startedAt) / overMs);',
    replace: 'return 1 + 0 * (from + overMs + now + this.#startedAt);',
  },
  {
    title: 'one of two releases ends the isolation',
    file: breaker('machine'),
    find: 'this.isolations = this.isolations.filter((each) => each !== isolation);',
    replace: 'this.isolations = [];',
  },
  {
    title: 'update throws away what the window has seen',
    file: breaker('circuit-breaker'),
    find: 'machine.meter = machine.meter.changedTo(settings.trip, settings.clock.now());',
    replace: 'machine.meter = new (Object(machine.meter).constructor)(settings.trip);',
  },
  {
    title: 'restore takes no elapsed time off the break',
    file: breaker('saved-circuit'),
    find: 'Math.max(0, saved.openForMs - elapsedMs)',
    replace: 'Math.max(0, saved.openForMs)',
  },
  {
    title: 'the registry evicts an isolated or an open circuit',
    file: breaker('registry'),
    find: 'return isolations.length === 0 && retryAfterMs === 0 ?',
    replace: 'return isolations.length === 0 || retryAfterMs === 0 ?',
  },
  {
    title: 'a key that is asked for again and again looks unused',
    file: 'registry/keyed-registry.ts',
    find: 'if (this.#last !== undefined && this.#again) this.#last.usedAt = now;',
    replace: '',
  },
  {
    title: 'a registry that is disposed gives the last entry out',
    file: 'registry/keyed-registry.ts',
    find: '    this.#disposed = true;\n    this.#last = undefined;\n',
    replace: '    this.#disposed = true;\n',
  },
  {
    title: 'a registry evicts an entry that only just became spare',
    file: 'registry/keyed-registry.ts',
    find: "if (answer === 'idle' && idle)",
    replace: "if (answer === 'idle')",
  },
];
