import type { MachineSources } from '../../src/sizing/machine.ts';

export const GIBIBYTE: number = 2 ** 30;

/** Files of one machine, as `cat` shows them. */
export type Files = Readonly<Record<string, string>>;

/** Sources of a machine of eight CPUs and 16 GiB that has these files. */
export const sourcesOf = (files: Files, change: Partial<MachineSources> = {}): MachineSources => ({
  readText: (path) => (Object.hasOwn(files, path) ? files[path] : undefined),
  availableParallelism: () => 8,
  totalMemoryBytes: () => 16 * GIBIBYTE,
  ...change,
});

/** What a process that may run on these CPUs reads of itself. */
export const allowedOn = (list: string, online: string): Files => ({
  '/proc/self/status': `Name:\tnode\nCpus_allowed:\tff\nCpus_allowed_list:\t${list}\nMems_allowed:\t1\n`,
  '/sys/devices/system/cpu/online': `${online}\n`,
});

/** Version 2 in a container that sees its own group as the root: `docker run --cpus=1.5 --memory=512m`. */
export const VERSION_2_CONTAINER: Files = {
  '/proc/self/cgroup': '0::/\n',
  '/sys/fs/cgroup/cpu.max': '150000 100000\n',
  '/sys/fs/cgroup/memory.max': '536870912\n',
  '/sys/fs/cgroup/memory.high': 'max\n',
};

/** Version 2 under systemd: the unit has a quota, its slice less memory. */
export const VERSION_2_NESTED: Files = {
  '/proc/self/cgroup': '0::/system.slice/shop.slice/shop.service\n',
  '/sys/fs/cgroup/system.slice/shop.slice/shop.service/cpu.max': '300000 100000\n',
  '/sys/fs/cgroup/system.slice/shop.slice/shop.service/memory.max': '4294967296\n',
  '/sys/fs/cgroup/system.slice/shop.slice/shop.service/memory.high': '3221225472\n',
  '/sys/fs/cgroup/system.slice/shop.slice/cpu.max': 'max 100000\n',
  '/sys/fs/cgroup/system.slice/shop.slice/memory.max': '2147483648\n',
  '/sys/fs/cgroup/system.slice/shop.slice/memory.high': 'max\n',
  '/sys/fs/cgroup/system.slice/cpu.max': 'max 100000\n',
  '/sys/fs/cgroup/system.slice/memory.max': 'max\n',
};

/** Version 1 in a container: the path is the host's, what is mounted is its own. */
export const VERSION_1_CONTAINER: Files = {
  '/proc/self/cgroup': [
    '12:memory:/docker/5f2b0c3a',
    '11:cpuset:/docker/5f2b0c3a',
    '4:cpu,cpuacct:/docker/5f2b0c3a',
    '1:name=systemd:/docker/5f2b0c3a',
    '0::/system.slice/containerd.service',
    '',
  ].join('\n'),
  '/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us': '200000\n',
  '/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us': '100000\n',
  '/sys/fs/cgroup/memory/memory.limit_in_bytes': '1073741824\n',
};

/** Version 1 on a host that limits nothing, beside a version 2 without controllers. */
export const UNLIMITED_HYBRID: Files = {
  '/proc/self/cgroup': [
    '9:name=systemd:/',
    '4:memory:/process_api/b10efc5b',
    '2:cpuacct:/',
    '1:cpu:/',
    '0::/',
    '',
  ].join('\n'),
  '/sys/fs/cgroup/cpu/cpu.cfs_quota_us': '-1\n',
  '/sys/fs/cgroup/cpu/cpu.cfs_period_us': '100000\n',
  '/sys/fs/cgroup/memory/memory.limit_in_bytes': '9223372036854771712\n',
  '/sys/fs/cgroup/memory/process_api/b10efc5b/memory.limit_in_bytes': '9223372036854771712\n',
};
