import type { RefusalCode } from '../errors.ts';
import type { Machine } from './machine.ts';
import type { ProbePermit, PermitKind } from './permit.ts';
import type { Probes } from './probes.ts';

/** Who asks: a user's call, or the breaker's own health check. */
export type Asker = 'call' | 'check';

/**
 * Decides one call. In OPEN and HALF_OPEN this is where time is seen to have passed; in CLOSED `now`
 * is not looked at.
 */
export const admit = (
  machine: Machine,
  now: number,
  asker: Asker = 'call',
): PermitKind | RefusalCode => {
  if (machine.disposed) return 'HF_DISPOSED';
  if (machine.isolations.length > 0) return 'HF_CIRCUIT_ISOLATED';
  if (machine.mode === 'disabled') return 'unrecorded';
  if (machine.state === 'CLOSED') return 'call';
  if (machine.state === 'HALF_OPEN') tick(machine, now);
  else if (now >= machine.openUntil) machine.halfOpen(now);
  // Read again: the two lines above may have moved it.
  return afterTime(machine, now, asker);
};

const afterTime = (machine: Machine, now: number, asker: Asker): PermitKind | RefusalCode => {
  switch (machine.state) {
    case 'CLOSED':
      return 'call';
    case 'OPEN':
      return 'HF_CIRCUIT_OPEN';
    case 'HALF_OPEN':
      return admitHalfOpen(machine, now, asker) ?? 'HF_PROBE_LIMIT';
  }
};

const admitHalfOpen = (
  { ramp, probes, settings }: Machine,
  now: number,
  asker: Asker,
): PermitKind | undefined => {
  if (ramp !== undefined) return settings.random() < ramp.share(now) ? 'call' : undefined;
  // With a health check no user's call is sacrificed as a probe.
  const mayProbe = settings.check === undefined || asker === 'check';
  return mayProbe && probes?.hasSlot(settings.halfOpen) === true ? 'probe' : undefined;
};

/** Sees what time alone has changed in HALF_OPEN: a ramp that is over, leases that ended. */
export const tick = (machine: Machine, now: number): void => {
  if (machine.ramp !== undefined && now >= machine.ramp.endsAt) machine.close('ramp-over', now);
  const { probes } = machine;
  if (probes === undefined) return;
  const revoked = probes.overdue((probe) => leaseIsOver(machine, probe, now));
  for (const probe of revoked) revoke(machine, probes, probe);
  if (revoked.length > 0 && machine.settings.halfOpen.onLeaseExpiry === 'reopen') {
    machine.openedBy = undefined;
    machine.trip('lease-expired', now);
  } else judge(machine, probes, now);
};

/** Closes or reopens on what the probes have shown; also after `update` moved the goal. */
export const judge = (
  machine: Machine,
  { successes, failures }: Probes,
  now: number,
  openForMs?: number,
): void => {
  const { halfOpen } = machine.settings;
  if (failures > halfOpen.allowedFailures) machine.trip('probe-failed', now, openForMs);
  else if (successes >= halfOpen.probes) machine.probesSucceeded(now);
};

/** When a lease ends as far as is known at `now`: a stall of our own that it ran out in prolongs it. */
export const leaseEnd = ({ settings }: Machine, probe: ProbePermit, now: number): number => {
  const end = probe.startedAt + probe.leaseMs;
  if (now < end) return end;
  return end + settings.stalls.stalledMs(probe.startedAt, now, settings.stallMs);
};

export const leaseIsOver = (machine: Machine, probe: ProbePermit, now: number): boolean => {
  if (now - probe.startedAt < probe.leaseMs) return false;
  if (now >= leaseEnd(machine, probe, now)) return true;
  if (!probe.prolonged) machine.counters.stalled++;
  probe.prolonged = true;
  return false;
};

/** A hanging probe is a bug of the call: worth one warning a breaker, not one a probe. */
const warned = new WeakSet<Machine>();

const revoke = (machine: Machine, probes: Probes, probe: ProbePermit): void => {
  const { name, settings } = machine;
  const { halfOpen } = settings;
  probes.release(probe);
  probe.unwatch(machine);
  if (!warned.has(machine)) warnOfLease(name, probe.leaseMs);
  warned.add(machine);
  machine.emit('lease', { name, leaseMs: probe.leaseMs, action: halfOpen.onLeaseExpiry });
};

const warnOfLease = (name: string, leaseMs: number): void => {
  const advice = 'give the call a timeout inside the breaker';
  process.emitWarning(
    `a probe of circuit "${name}" did not settle within ${leaseMs} ms and was revoked; ${advice}`,
    { type: 'HoldfastWarning', code: 'HF_LEASE_EXPIRED' },
  );
};
