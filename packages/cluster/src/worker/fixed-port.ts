/** Every worker would listen on a port of its own, which nobody knows. */
export class FixedPortError extends Error {
  constructor() {
    super(
      'distribution "reuseport" gives each worker a socket of its own: listen on a fixed port, not on 0',
    );
  }

  override get name(): string {
    return 'FixedPortError';
  }
}

/** As `listen` reads a port or a backlog; undefined where it is none. */
const numberOf = (value: unknown): number | undefined =>
  (typeof value === 'string' || typeof value === 'number') && Number(value) >= 0
    ? Number(value)
    : undefined;

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;

/** Of an object: a descriptor comes first, and another server has no port. */
const portOptionsOf = (options: object): object | undefined =>
  'port' in options && !('fd' in options && numberOf(options.fd) !== undefined)
    ? options
    : undefined;

/** What `listen` was asked for, as its options, where that is a port. */
const optionsOf = (args: readonly unknown[]): object | undefined => {
  const [first, second, third] = args;
  if (isObject(first)) return portOptionsOf(first);
  // A path.
  if (typeof first === 'string' && numberOf(first) === undefined) return undefined;
  return {
    port: typeof first === 'function' ? undefined : first,
    backlog: numberOf(second) ?? numberOf(third),
    ...(typeof second === 'string' && { host: second }),
  };
};

const isAnyPort = (options: object): boolean =>
  !('port' in options) || Number(options.port ?? 0) === 0;

/**
 * Arguments of `listen` for a socket of its own by `SO_REUSEPORT`; a path, a descriptor and another server are left
 * alone. Throws `FixedPortError` for port 0.
 */
export const withReusePort = (args: readonly unknown[]): readonly unknown[] => {
  const options = optionsOf(args);
  if (options === undefined) return args;
  if (isAnyPort(options)) throw new FixedPortError();
  const last = args.at(-1);
  return [{ ...options, reusePort: true }, ...(typeof last === 'function' ? [last] : [])];
};
