import { createHash } from 'node:crypto';

// Whatever a caller can see, as text in which any difference shows: the order of fields, the class of
// an object, undefined against null, each byte. One line for each leaf, so that a diff can be read.

const LONGEST_SHOWN_BYTES = 2_000;

/** Bytes as text; long ones as their number and digest. */
export const bytes = (data: Uint8Array): string => {
  if (data.length <= LONGEST_SHOWN_BYTES) return Buffer.from(data).toString('latin1');
  return `${data.length} bytes, sha256 ${createHash('sha256').update(data).digest('hex')}`;
};

/** Where the other side of a connection happens to be differs from run to run. */
const EPHEMERAL: ReadonlySet<string> = new Set(['localPort', 'bytesRead', 'bytesWritten']);

const classOf = (value: object): string => {
  if (Object.getPrototypeOf(value) === null) return 'null';
  return value.constructor?.name ?? 'object';
};

const ERROR_FIELDS = ['name', 'message', 'code', 'cause', 'errors'];

/** What an object consists of; of an error also what is not enumerable. */
const partsOf = (value: object): readonly (readonly [string, unknown])[] => {
  const own = Object.entries(value);
  if (value instanceof Error) {
    const hidden = ERROR_FIELDS.filter((name) => name in value && !Object.hasOwn(value, name));
    const named = ERROR_FIELDS.filter(
      (name) => Object.hasOwn(value, name) && !isListed(value, name),
    );
    return [...hidden, ...named]
      .map((name) => [name, Reflect.get(value, name)] as const)
      .concat(own);
  }
  return value instanceof Map
    ? [...value.entries()].map(([key, part]) => [String(key), part])
    : own;
};

const isListed = (value: object, name: string): boolean =>
  Object.prototype.propertyIsEnumerable.call(value, name);

const leafOf = (value: unknown): string | undefined => {
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'function') return 'a function';
  if (typeof value !== 'object' || value === null) return String(value);
  if (value instanceof Uint8Array) return `bytes ${JSON.stringify(bytes(value))}`;
  if (value instanceof ArrayBuffer) return `buffer ${JSON.stringify(bytes(new Uint8Array(value)))}`;
  if (value instanceof Blob) return `Blob of ${value.size} bytes, ${value.type}`;
  return value instanceof URL ? `URL ${value.href}` : undefined;
};

const linesOf = (value: unknown, path: string, around: readonly object[]): readonly string[] => {
  const leaf = leafOf(value);
  if (leaf !== undefined) return [`${path}: ${leaf}`];
  const object = value as object;
  if (around.includes(object)) return [`${path}: itself again`];
  const parts = partsOf(object).map(([name, part]): [string, unknown] =>
    EPHEMERAL.has(name) ? [name, `some ${typeof part}`] : [name, part],
  );
  return [
    `${path}: ${classOf(object)} of ${parts.length}`,
    ...parts.flatMap(([name, part]) => linesOf(part, `${path} > ${name}`, [...around, object])),
  ];
};

/** All of a value as text. */
export const asText = (value: object): string =>
  Object.entries(value)
    .flatMap(([name, part]) => linesOf(part, name, []))
    .join('\n');
