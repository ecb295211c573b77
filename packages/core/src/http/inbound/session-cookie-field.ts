import type { ServerResponse } from 'node:http';

/** What `writeHead` is called with. */
type Head = readonly unknown[];
type Field = readonly [name: unknown, value: unknown];

const NAME = 'Set-Cookie';

const isCookie = ([name]: Field): boolean => String(name).toLowerCase() === 'set-cookie';

/** Fields come as an object, as names and values in turn, or in pairs. */
const fieldsOf = (headers: object): readonly Field[] => {
  if (!Array.isArray(headers)) return Object.entries(headers);
  const flat: readonly unknown[] = Array.isArray(headers[0]) ? headers.flat() : headers;
  return flat.flatMap((name, index) =>
    index % 2 === 0 ? [[name, flat[index + 1]] satisfies Field] : [],
  );
};

/** The fields in the shape in which they came; pairs in turn, which every kind of response takes. */
const inShapeOf = (headers: object, fields: readonly Field[]): object =>
  Array.isArray(headers) ? fields.flat() : Object.fromEntries(fields);

/** Where the fields are, as Node looks for them: a reason may stand in between. */
const positionIn = ([, reason, headers]: Head): 1 | 2 =>
  typeof reason !== 'string' && (headers === undefined || headers === null) ? 1 : 2;

const append = (response: ServerResponse, cookie: string): void => {
  const there = response.getHeader(NAME) ?? [];
  // An earlier attempt to write the head may have failed after this.
  if (!Array.isArray(there) || !there.includes(cookie)) response.appendHeader(NAME, cookie);
};

/**
 * Adds a cookie to those of a response whose head is about to be written, and returns what to call `writeHead`
 * with. What that is given takes the place of what was set before: a cookie among it would end ours.
 */
export const withCookie = (response: ServerResponse, head: Head, cookie: string): Head => {
  const position = positionIn(head);
  const headers = head[position];
  if (typeof headers !== 'object' || headers === null) {
    append(response, cookie);
    return head;
  }
  const fields = fieldsOf(headers);
  const theirs = fields.filter(isCookie).flatMap(([, value]) => value);
  if (theirs.length === 0) append(response, cookie);
  const ours: readonly Field[] = theirs.length === 0 ? [] : [[NAME, [...theirs, cookie]]];
  const rest = fields.filter((field) => !isCookie(field));
  return head.with(position, inShapeOf(headers, [...rest, ...ours]));
};
