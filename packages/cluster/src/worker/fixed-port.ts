/** Every worker would listen on a port of its own, which nobody knows. */
export class FixedPortError extends Error {
  constructor() {
    super('distribution "reuseport" gives each worker a socket of its own: listen on a fixed port, not on 0');
  }

  override get name(): string {
    return 'FixedPortError';
  }
}

/** As `listen` reads a port or a backlog; undefined where it is none. */
const numberOf = (value: unknown): number | undefined => {
  const number = typeof value === 'string' || typeof value === 'number' ? Number(value) : Number.NaN;
  return number >= 0 ? number : undefined;
};

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;

/** What `listen` was asked for, as its options; a path, a descriptor and another server are left alone. */
const optionsOf = (args: readonly unknown[]): object | undefined => {
  const [first, second, third] = args;
  if (isObject(first)) return 'port' in first && !('path' in first && first.path) ? first : undefined;
  if (typeof first === 'string' && numberOf(first) === undefined) return undefined;
  const port = typeof first === 'function' || first === undefined || first === null ? 0 : first;
  const host = typeof second === 'string' ? { host: second } : {};
  const backlog = numberOf(second) ?? numberOf(third);
  return { port, ...host, ...(backlog === undefined ? {} : { backlog }) };
};

/** Arguments of `listen` for a socket of its own by `SO_REUSEPORT`. Throws `FixedPortError` for port 0. */
export const withReusePort = (args: readonly unknown[]): readonly unknown[] => {
  const options = optionsOf(args);
  if (options === undefined) return args;
  if ('port' in options && (options.port === undefined || Number(options.port) === 0))
    throw new FixedPortError();
  const last = args.at(-1);
  const rest = typeof last === 'function' ? [last] : [];
  return [{ ...options, reusePort: true }, ...rest];
};
