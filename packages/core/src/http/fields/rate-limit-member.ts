import type { List, Parameters } from 'structured-headers';

/** The largest whole number of a structured field (RFC 9651, 3.3.1). */
export const MOST = 999_999_999_999_999;

/** A member of a list that begins with a name. */
export interface Member {
  readonly name: string;
  readonly parameters: Parameters;
}

/** The members that are strings; others mean nothing in these fields. */
export const namedMembers = (list: List): Member[] => {
  const members: Member[] = [];
  for (const [name, parameters] of list)
    if (typeof name === 'string') members.push({ name, parameters });
  return members;
};

/** A whole number from `least`; undefined for anything else. */
export const countOf = (value: unknown, least = 0): number | undefined =>
  typeof value === 'number' && Number.isInteger(value) && value >= least
    ? // Minus 0 becomes 0.
      value + 0
    : undefined;

/** `pk`, the part of all callers that shares the quota. */
export const partitionKeyOf = ({ parameters }: Member): Uint8Array | undefined => {
  const value = parameters.get('pk');
  return value instanceof ArrayBuffer ? new Uint8Array(value) : undefined;
};
