const TOKEN = /^[\w!#$%&'*+.^`|~-]+$/;
const QUOTED = /^"(?:[\t !#-[\]-~\x80-\xff]|\\[\t -~\x80-\xff])*"$/;
const ESCAPED = /\\(.)/g;

const isBlank = (text: string, at: number): boolean => {
  const code = text.charCodeAt(at);
  return code === 0x20 || code === 0x09;
};

/** Without the spaces and tabs around it, and only those: a field has no other white space. */
export const trimmed = (text: string): string => {
  let start = 0;
  let end = text.length;
  while (start < end && isBlank(text, start)) start++;
  while (end > start && isBlank(text, end - 1)) end--;
  return text.slice(start, end);
};

/**
 * The parts between separators outside of quoted strings (RFC 9110, 5.6.4), in one pass. Where a quoted
 * string does not end, all the rest is one part, which no value of a field can be.
 */
export const splitOutsideQuotes = (text: string, separator: ',' | ';'): string[] => {
  const parts: string[] = [];
  let start = 0;
  let quoted = false;
  for (let at = 0; at < text.length; at++) {
    const letter = text[at];
    if (letter === '"') quoted = !quoted;
    else if (quoted) at += letter === '\\' ? 1 : 0;
    else if (letter === separator) {
      parts.push(text.slice(start, at));
      start = at + 1;
    }
  }
  parts.push(text.slice(start));
  return parts;
};

/** A parameter, `name=value`: its name in lower case, its value without quotes and escapes. */
export type Parameter = readonly [name: string, value: string];

const valueOf = (text: string): string | undefined => {
  if (TOKEN.test(text)) return text;
  return QUOTED.test(text) ? text.slice(1, -1).replace(ESCAPED, '$1') : undefined;
};

/** Reads `token=token` and `token="quoted string"` (RFC 9110, 5.6.6); undefined for anything else. */
export const parameterOf = (text: string): Parameter | undefined => {
  const equals = text.indexOf('=');
  const name = text.slice(0, equals);
  if (equals < 0 || !TOKEN.test(name)) return undefined;
  const value = valueOf(text.slice(equals + 1));
  return value === undefined ? undefined : [name.toLowerCase(), value];
};
