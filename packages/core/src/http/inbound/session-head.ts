/** What `writeHead` is called with. */
export type Head = readonly unknown[];
export type Field = readonly [name: unknown, value: unknown];

/** Where the fields are, as Node looks for them: a reason may stand in between. */
export const positionIn = ([, reason, headers]: Head): 1 | 2 =>
  typeof reason !== 'string' && (headers === undefined || headers === null) ? 1 : 2;

/** Fields come as an object, as names and values in turn, or in pairs. */
export const fieldsOf = (headers: object): readonly Field[] => {
  if (!Array.isArray(headers)) return Object.entries(headers);
  const flat: readonly unknown[] = Array.isArray(headers[0]) ? headers.flat() : headers;
  return flat.flatMap((name, index) =>
    index % 2 === 0 ? [[name, flat[index + 1]] satisfies Field] : [],
  );
};

/** `name` in lower case. */
export const isNamed = (name: string, [own]: Field): boolean => String(own).toLowerCase() === name;

/** The value of a field of a head; undefined where it has none. */
export const valueIn = (head: Head, name: string): unknown => {
  const headers = head[positionIn(head)];
  if (typeof headers !== 'object' || headers === null) return undefined;
  return fieldsOf(headers).find((field) => isNamed(name, field))?.[1];
};
