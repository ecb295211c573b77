import type { Fault } from './fault.ts';

const fault = (file: string, title: string, find: string, replace: string): Fault => ({
  package: 'cluster',
  file,
  title,
  find,
  replace,
});

/** The supervisor of a cluster, over processes that are made up. */
export const CLUSTER_FAULTS: readonly Fault[] = [
  fault(
    'supervisor/replacement.ts',
    'a reload lets the old worker go before the new one is ready (pm2 with a broken build)',
    '  await next.ready;\n',
    '',
  ),
  fault(
    'supervisor/replacement.ts',
    'a worker that fails right after it was ready counts as good',
    '  if (soakMs > 0) await sleep(fleet.settings.clock, soakMs, next.lost);\n',
    '',
  ),
  fault(
    'supervisor/planned.ts',
    'a reload goes on while old workers still drain',
    '        await old?.gone;\n        this.#assertRunning();\n',
    '',
  ),
  fault(
    'supervisor/planned.ts',
    'a failed change of size leaves its new slots behind',
    '      await this.#shrink(from);\n',
    '',
  ),
  fault(
    'supervisor/fleet.ts',
    'a slot is filled twice where a successor is on its way',
    ' || slot.adopt()) return;\n    const delayMs',
    ') return;\n    const delayMs',
  ),
  fault(
    'supervisor/fleet.ts',
    'a fatal exit is tried again',
    'if (member.fatal !== undefined || isFatal)',
    'if (member.fatal !== undefined)',
  ),
  fault(
    'supervisor/relief.ts',
    'all blocked workers are replaced at once',
    'this.#isBusy || isStopping',
    'isStopping',
  ),
  fault(
    'supervisor/requests.ts',
    'a worker answers what another was asked',
    'if (pending?.member !== member) return undefined;',
    'if (pending === undefined) return undefined;',
  ),
  fault(
    'supervisor/member.ts',
    'a worker that hangs in its drain is never killed',
    'this.#after(limitMs + killAfterMs, () => this.kill());',
    '',
  ),
  fault(
    'restart/restart-budget.ts',
    'the budget forgets restarts too early',
    'now - at < windowMs',
    'now - at < windowMs / 2',
  ),
  fault(
    'restart/restart-policy.ts',
    'a slot never becomes sound again',
    '    this.#failures = 0;\n',
    '',
  ),
];
