import type { Fleet } from './fleet.ts';
import type { Member } from './member.ts';
import type { SupervisorStatus, WorkerStatus } from './status-types.ts';

export interface StatusSource {
  readonly fleet: Fleet;
  readonly isReloading: boolean;
  readonly hasStopped: boolean;
  readonly rescued: number;
}

const stateOf = ({ fleet, isReloading, hasStopped }: StatusSource): SupervisorStatus['state'] => {
  if (hasStopped) return 'stopped';
  if (fleet.isStopping) return 'stopping';
  if (!fleet.gate.isOpen) return 'starting';
  if (isReloading) return 'reloading';
  const isStuck = fleet.slots.some((slot) => slot.isStuck);
  return isStuck ? 'degraded' : 'running';
};

const memberStatus = ({ name, state, ageMs, vitals }: Member): WorkerStatus => ({
  ...name,
  state,
  ageMs,
  vitals,
});

/** The supervisor as plain JSON. */
export const statusOf = (source: StatusSource): SupervisorStatus => {
  const { fleet, rescued } = source;
  const { name, distribution, clock } = fleet.settings;
  const members = Array.from(fleet.members, memberStatus);
  return {
    name,
    pid: process.pid,
    state: stateOf(source),
    generation: fleet.generation,
    workers: fleet.slots.length,
    ready: fleet.slots.filter(({ isReady }) => isReady).length,
    standby: fleet.spares.loaded,
    distribution,
    restarts: fleet.vacancies.budget.total,
    restartsLeft: fleet.vacancies.budget.left(clock.now()),
    rescued,
    members,
  };
};
