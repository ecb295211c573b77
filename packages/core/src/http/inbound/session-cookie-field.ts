import type { ServerResponse } from 'node:http';
import { fieldsOf, isNamed, positionIn, type Field, type Head } from './session-head.ts';

const NAME = 'Set-Cookie';

const isCookie = (field: Field): boolean => isNamed('set-cookie', field);

/** The fields in the shape in which they came; pairs in turn, which every kind of response takes. */
const inShapeOf = (headers: object, fields: readonly Field[]): object =>
  Array.isArray(headers) ? fields.flat() : Object.fromEntries(fields);

const append = (response: ServerResponse, cookie: string): void => {
  const there: readonly unknown[] = [response.getHeader(NAME)].flat();
  // An earlier attempt to write the head may have failed after this.
  if (!there.includes(cookie)) response.appendHeader(NAME, cookie);
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
