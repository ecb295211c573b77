/** What a file says, or undefined where it cannot be read. */
export type ReadText = (path: string) => string | undefined;

/** What control groups allow; Infinity where they set no limit. */
export interface GroupLimits {
  readonly cpus: number;
  readonly memoryBytes: number;
}

interface Membership {
  /** `''` for version 2. */
  readonly controllers: string;
  readonly path: string;
}

const ROOT = '/sys/fs/cgroup';

const membershipsOf = (text: string): Membership[] =>
  text.split('\n').flatMap((line) => {
    const [, controllers, path] = /^\d+:([^:]*):(\/.*)$/.exec(line) ?? [];
    return controllers === undefined || path === undefined ? [] : [{ controllers, path }];
  });

/** A group and all that it is in, each of which can limit it: `/a/b`, `/a` and the root, which is the empty path. */
const lineageOf = (path: string): string[] => {
  const segments = path.split('/').filter((segment) => segment !== '');
  // A group outside of what this container sees; the root stands for it.
  if (segments.includes('..')) return [''];
  const depths = Array.from({ length: segments.length + 1 }, (_, index) => index).reverse();
  return depths.map((depth) =>
    segments
      .slice(0, depth)
      .map((segment) => `/${segment}`)
      .join(''),
  );
};

/**
 * Where the files of a group may be: of version 2, alone or beside version 1; or of version 1, whose controllers are
 * mounted together, apart or both. A container often sees its own group as the root though its path says otherwise,
 * so what is not there is no error, and the root is always looked at.
 */
const directoriesOf = ({ controllers, path }: Membership): string[] => {
  const mounts =
    controllers === ''
      ? [ROOT, `${ROOT}/unified`]
      : [controllers, ...controllers.split(',')].map((name) => `${ROOT}/${name}`);
  return mounts.flatMap((mount) => lineageOf(path).map((group) => mount + group));
};

/** Of what the kernel writes: `max`, -1 and all that is no number of more than 0 are no limit. */
const limitIn = (text: string | undefined): number => {
  const digits = /^\s*(\d{1,30})\s*$/.exec(text ?? '')?.[1];
  return digits === undefined || Number(digits) === 0 ? Infinity : Number(digits);
};

const shareOf = (quota: number, period: number): number =>
  quota === Infinity || period === Infinity ? Infinity : quota / period;

const limitsIn = (directory: string, readText: ReadText): GroupLimits => {
  const read = (file: string): string | undefined => readText(`${directory}/${file}`);
  const [quota, period] = (read('cpu.max') ?? '').trim().split(/\s+/);
  const oldQuota = limitIn(read('cpu.cfs_quota_us'));
  return {
    cpus: Math.min(
      shareOf(limitIn(quota), limitIn(period)),
      // Most groups have no quota, and then the period says nothing.
      oldQuota === Infinity ? Infinity : shareOf(oldQuota, limitIn(read('cpu.cfs_period_us'))),
    ),
    memoryBytes: Math.min(
      limitIn(read('memory.max')),
      // Above this the kernel slows a group down until it hardly runs.
      limitIn(read('memory.high')),
      limitIn(read('memory.limit_in_bytes')),
    ),
  };
};

/**
 * What the control groups of this process allow, of version 1, version 2 or both: the least that any of them and of
 * the groups around them says. Not left to libuv, which read other numbers in 1.49 and 1.50 (libuv#4740) and gives
 * no parts of a CPU.
 */
export const groupLimits = (readText: ReadText): GroupLimits => {
  const memberships = membershipsOf(readText('/proc/self/cgroup') ?? '');
  const limits = memberships
    .flatMap(directoriesOf)
    .map((directory) => limitsIn(directory, readText));
  return {
    cpus: Math.min(...limits.map(({ cpus }) => cpus)),
    memoryBytes: Math.min(...limits.map(({ memoryBytes }) => memoryBytes)),
  };
};
