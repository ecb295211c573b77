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
    '  await next.standing.ready;\n',
    '',
  ),
  fault(
    'supervisor/replacement.ts',
    'a worker that fails right after it was ready counts as good',
    '  if (soakMs > 0) await sleep(fleet.settings.clock, soakMs, next.standing.lost);\n',
    '',
  ),
  fault(
    'supervisor/planned-work.ts',
    'a reload goes on while old workers still drain',
    '        await old?.gone;\n        this.#assertRunning();\n',
    '',
  ),
  fault(
    'supervisor/planned-work.ts',
    'a failed change of size leaves its new slots behind',
    '      await this.#shrink(from);\n',
    '',
  ),
  fault(
    'supervisor/vacancies.ts',
    'a slot is filled twice where a successor is on its way',
    'if (!isOpen(slot) || slot.adopt()) return;\n    const delayMs',
    'if (!isOpen(slot)) return;\n    const delayMs',
  ),
  fault(
    'supervisor/parting.ts',
    'a fatal exit is tried again',
    'fatal !== undefined || (exitCode !== null && fatalExitCodes.has(exitCode))',
    'fatal !== undefined',
  ),
  fault(
    'supervisor/supervisor.ts',
    'a stop during the start kills workers that serve',
    'if (!this.#fleet.isStopping) this.#fleet.killAll();',
    'this.#fleet.killAll();',
  ),
  fault(
    'supervisor/planned-work.ts',
    'a worker that was to be recycled after a reload has a successor after the stop',
    'if (this.#fleet.isStopping || slot.current',
    'if (slot.current',
  ),
  fault(
    'supervisor/relief.ts',
    'a blocked worker whose successor failed is relieved again before it is gone',
    "current?.state === 'blocked' && !current.parting.wasKilled && successor === undefined",
    "current?.state === 'blocked' && successor === undefined",
  ),
  fault(
    'restart/restart-budget.ts',
    'workers that are worn at once leave no restart to those that crash',
    'this.left(now) > this.#terms.restarts / 2',
    'this.left(now) > 0',
  ),
  fault(
    'supervisor/announcer.ts',
    'a listener that stops the cluster does so in the middle of a step',
    'queueMicrotask(() => this.#events.flush(undefined));',
    'this.#events.flush(undefined);',
  ),
  fault(
    'supervisor/planned-work.ts',
    'a worn worker is replaced in a slot that is no more',
    'slot.current !== member || !member.isServing',
    'false',
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
    '    this.#patience.untilGone(deadlineMs);\n',
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
