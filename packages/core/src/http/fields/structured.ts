import { parseDictionary, parseList, type Dictionary, type List } from 'structured-headers';

/** Longer than any such field that means well; what is longer is not worth the time to read it. */
const LONGEST_VALUE = 2_048;

const readOr = <T>(value: string | undefined, read: (text: string) => T, otherwise: T): T => {
  if (typeof value !== 'string' || value.length > LONGEST_VALUE) return otherwise;
  try {
    return read(value);
  } catch {
    return otherwise;
  }
};

/** The members of a structured list (RFC 9651, 3.1); none where it is missing, too long or malformed. */
export const listOf = (value: string | undefined): List => readOr(value, parseList, []);

/** The members of a structured dictionary (RFC 9651, 3.2); none where there is none to read. */
export const dictionaryOf = (value: string | undefined): Dictionary =>
  readOr<Dictionary>(value, parseDictionary, new Map());
