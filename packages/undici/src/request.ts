import type { DispatchOptions } from './exchange.ts';

// What a policy has to know of a request, and what it may add to it.

/** What a `BalancedPool` sends: it chooses the origin itself. */
const NO_ORIGIN = 'no origin';

/** The origin of a request: scheme, host and port. */
export const originOf = ({ origin }: Pick<DispatchOptions, 'origin'>): string =>
  typeof origin === 'object' ? origin.origin : (origin ?? NO_ORIGIN);

type Headers = NonNullable<DispatchOptions['headers']>;

const isIterable = (headers: object): headers is Iterable<readonly [string, unknown]> =>
  Symbol.iterator in headers;

/** Headers as undici takes them, in a form that can be read and sent more than once. */
const stableHeaders = (headers: Headers): Headers => {
  if (typeof headers !== 'object' || Array.isArray(headers)) return headers;
  if (!isIterable(headers)) return headers;
  const flat: unknown[] = [];
  for (const [name, value] of headers) flat.push(name, value);
  return flat as string[]; // undici takes lists of values too, its types do not
};

/** The request with headers that can be read and sent more than once. */
export const stableRequest = (options: DispatchOptions): DispatchOptions => {
  if (options.headers === undefined || options.headers === null) return options;
  const headers = stableHeaders(options.headers);
  return headers === options.headers ? options : { ...options, headers };
};

/** Names of the fields that are sent: undici leaves those out whose value is undefined. */
const namesOf = (headers: DispatchOptions['headers']): readonly string[] => {
  if (Array.isArray(headers))
    return headers.filter((_, index) => index % 2 === 0 && headers[index + 1] !== undefined);
  if (typeof headers !== 'object' || headers === null) return [];
  const fields: readonly [string, unknown][] = Object.entries(headers);
  return fields.filter(([, value]) => value !== undefined).map(([name]) => name);
};

/** Whether a stable request carries the field; `name` in lower case. */
export const hasHeader = ({ headers }: DispatchOptions, name: string): boolean =>
  namesOf(headers).some((each) => each.toLowerCase() === name);

/** The request with the field set, in the place of what it had; `name` in lower case. */
export const withHeader = (
  options: DispatchOptions,
  name: string,
  value: string,
): DispatchOptions => {
  const headers = stableHeaders(options.headers ?? {});
  if (Array.isArray(headers)) {
    const kept = headers.filter((_, index) => String(headers[index & ~1]).toLowerCase() !== name);
    return { ...options, headers: [...kept, name, value] };
  }
  const others = Object.entries(headers).filter(([each]) => each.toLowerCase() !== name);
  return { ...options, headers: { ...Object.fromEntries(others), [name]: value } };
};

/** The global `FormData`, or the one that undici brings. */
const isForm = (body: unknown): boolean =>
  typeof body === 'object' && body !== null && Reflect.get(body, Symbol.toStringTag) === 'FormData';

/** Whether the body can be sent a second time: undici reads these afresh each time. */
export const isReplayable = ({ body }: Pick<DispatchOptions, 'body'>): boolean =>
  body === undefined ||
  body === null ||
  typeof body === 'string' ||
  ArrayBuffer.isView(body) ||
  body instanceof ArrayBuffer ||
  body instanceof Blob ||
  body instanceof URLSearchParams ||
  isForm(body);
