import { breaker, type Fault } from './fault.ts';

/** Admission, permits, probes and waiting. */
export const PERMIT_FAULTS: readonly Fault[] = [
  {
    title: 'a late result is taken for one of this generation (closes HALF_OPEN)',
    file: breaker('settlement'),
    find: 'permit.generation !== machine.generation ||',
    replace: 'false ||',
  },
  {
    title: 'the plain path takes a late success for one of this generation',
    file: breaker('plain-calls'),
    find: 'if (generation === machine.generation && this.#plain) {',
    replace: 'if (this.#plain) {',
  },
  {
    title: 'permit inflation: a permit settles twice',
    file: breaker('settlement'),
    find: '  permit.settled = true;\n',
    replace: '',
  },
  {
    title: 'an ignored probe never gives its slot back',
    file: breaker('settlement'),
    find: 'if (permit instanceof ProbePermit) probes?.release(permit);',
    replace: '',
  },
  {
    title: 'a settled probe never gives its slot back',
    file: breaker('settlement'),
    find: '  probes.release(permit);\n  count(',
    replace: '  count(',
  },
  {
    title: 'a probe that hangs keeps its slot for ever',
    file: breaker('admission'),
    find: 'if (now - probe.startedAt < probe.leaseMs) return false;',
    replace: 'if (!machine.settings.eager || now - probe.startedAt < probe.leaseMs) return false;',
  },
  {
    title: 'a revoked probe still counts when it settles',
    file: breaker('settlement'),
    find: '(permit instanceof ProbePermit && leaseIsOver(machine, permit, now))',
    replace: 'false',
  },
  {
    title: 'more probes at once than `concurrency`',
    file: breaker('probes'),
    find: 'unsettled < limits.concurrency &&',
    replace: 'unsettled <= limits.concurrency &&',
  },
  {
    title: 'more probes than can still count',
    file: breaker('probes'),
    find: 'this.successes + unsettled < limits.probes',
    replace: 'this.successes < limits.probes',
  },
  {
    title: 'a probe failure too many is forgiven',
    file: breaker('admission'),
    find: 'if (failures > halfOpen.allowedFailures)',
    replace: 'if (failures > halfOpen.allowedFailures + 1)',
  },
  {
    title: 'listeners hear before the operation is over',
    file: breaker('gate'),
    find: 'if (--this.#depth === 0) this.machine.flush();',
    replace: '--this.#depth;\n    this.machine.flush();',
  },
  {
    title: 'the break reads the time of day',
    file: breaker('gate'),
    find: 'return asked ? settings.clock.now() : Number.NaN;',
    replace: 'return asked ? settings.clock.wallNow() : Number.NaN;',
  },
  {
    title: 'OPEN admits one call early',
    file: breaker('admission'),
    find: 'else if (now >= machine.openUntil) machine.halfOpen(now);',
    replace: 'else if (now >= machine.openUntil - 1) machine.halfOpen(now);',
  },
  {
    title: 'the ramp never ends',
    file: breaker('admission'),
    find: 'if (machine.ramp !== undefined && now >= machine.ramp.endsAt)',
    replace:
      'if (machine.ramp !== undefined && machine.settings.eager && now >= machine.ramp.endsAt)',
  },
  {
    title: 'shadow refuses',
    file: breaker('gate'),
    find: "if (mode !== 'shadow' || !machines) return decision;",
    replace: 'if (mode !== undefined) return decision;',
  },
  {
    title: 'waiters are served last in, first out',
    file: breaker('waiting-line'),
    find: 'const [first] = this.#waiters;',
    replace: 'const first = [...this.#waiters].at(-1);',
  },
  {
    title: 'an abort leaves the waiter in line',
    file: breaker('waiting-line'),
    find: '        this.#waiters.delete(waiter);\n        this.#onLeave();',
    replace: '        this.#onLeave();',
  },
  {
    title: 'the listener on the caller’s signal stays after the wait',
    file: breaker('waiting-line'),
    find: "        signal?.removeEventListener('abort', onAbort);\n",
    replace: '',
  },
  {
    title: 'a slow call counts although our own loop stood still',
    file: breaker('settlement'),
    find: 'if (durationMs - stalled >= meter.slowMs)',
    replace: 'if (durationMs + stalled >= meter.slowMs)',
  },
];
