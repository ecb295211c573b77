import type { ReadText } from './control-groups.ts';

/** More than any kernel is built for. */
const MOST_CPUS = 65_536;

/** CPUs of a list of the kernel, as `0-3,8`; undefined where it is none. */
const cpusIn = (list: string): ReadonlySet<number> | undefined => {
  const cpus = new Set<number>();
  for (const part of list.trim().split(',')) {
    const [, first, last = first] = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(part) ?? [];
    if (first === undefined || Number(last) >= MOST_CPUS) return undefined;
    for (let cpu = Number(first); cpu <= Number(last); cpu++) cpus.add(cpu);
  }
  return cpus;
};

/**
 * How many CPUs the scheduler lets this process have, quotas apart; undefined where it does not say. The list of a
 * process names CPUs as well that the machine could have but has not, so those that are online count alone.
 */
export const affinityOf = (readText: ReadText): number | undefined => {
  const status = readText('/proc/self/status') ?? '';
  const allowed = cpusIn(/^Cpus_allowed_list:(.*)$/m.exec(status)?.[1] ?? '');
  const online = cpusIn(readText('/sys/devices/system/cpu/online') ?? '');
  if (allowed === undefined || online === undefined) return undefined;
  const both = [...allowed].filter((cpu) => online.has(cpu)).length;
  return both === 0 ? undefined : both;
};
