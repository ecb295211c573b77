interface Call {
  readonly name: string;
  /** Whether its first argument is a file descriptor. */
  readonly hasFile: boolean;
}

const withFile = (name: string): Call => ({ name, hasFile: true });
const without = (name: string): Call => ({ name, hasFile: false });

const EPOLL = without('epoll_pwait, as execSync and spawnSync do');

/** Those that programs are found in when they are blocked, by number. */
const CALLS: Readonly<Record<string, Readonly<Record<number, Call>>>> = {
  x64: {
    0: withFile('read'),
    1: withFile('write'),
    17: withFile('pread64'),
    42: withFile('connect'),
    61: without('wait4'),
    73: withFile('flock'),
    74: withFile('fsync'),
    75: withFile('fdatasync'),
    202: without('futex'),
    232: EPOLL,
    257: without('openat'),
    281: EPOLL,
  },
  arm64: {
    22: EPOLL,
    32: withFile('flock'),
    56: without('openat'),
    63: withFile('read'),
    64: withFile('write'),
    67: withFile('pread64'),
    82: withFile('fsync'),
    83: withFile('fdatasync'),
    98: without('futex'),
    203: withFile('connect'),
    260: without('wait4'),
  },
};

/** What `/proc/<pid>/syscall` says. */
export interface SystemCall {
  readonly name: string;
  readonly descriptor: number | undefined;
}

/** Undefined where the text is not understood. */
export const systemCallOf = (text: string, architecture: string): SystemCall | undefined => {
  const [number = '', first = ''] = text.trim().split(' ');
  if (!/^\d+$/.test(number)) return undefined;
  const call = CALLS[architecture]?.[Number(number)] ?? without(`system call ${number}`);
  const descriptor = Number.parseInt(first, 16);
  return {
    name: call.name,
    descriptor: call.hasFile && Number.isInteger(descriptor) ? descriptor : undefined,
  };
};
