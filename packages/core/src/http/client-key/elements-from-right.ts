/** How far it looks for an element: further than one with every parameter is long. */
const LONGEST_LOOK = 1_024;

const COMMA = 0x2c;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;

const isBlank = (code: number): boolean => code === 0x20 || code === 0x09;

/**
 * The elements of a list field from the last to the first, so that those a trusted proxy appended are
 * read first, and nothing that stands further left, an open quote for one, can change how. Empty ones are
 * left out (RFC 9110, 5.6.1.2). Reads no further than it is asked to.
 */
export class ElementsFromRight {
  readonly #value: string;
  /** Where the part begins that has been read. */
  #end: number;

  constructor(value: string) {
    this.#value = value;
    this.#end = value.length;
  }

  /** The element before; empty, as no element is, for one that is too long; undefined at the front. */
  next(): string | undefined {
    const value = this.#value;
    const least = Math.max(0, this.#end - LONGEST_LOOK);
    let end = this.#end;
    while (end > least && this.#isBetween(end - 1)) end--;
    if (end === 0) return undefined;
    let start = this.#startOf(end, least);
    this.#end = start;
    if (start === least && least > 0) return '';
    while (isBlank(value.charCodeAt(start))) start++;
    return value.slice(start, end);
  }

  #isBetween(at: number): boolean {
    const code = this.#value.charCodeAt(at);
    return code === COMMA || isBlank(code);
  }

  /** Behind the nearest comma outside of quotes; a quote opens where no backslash stands before it. */
  #startOf(end: number, least: number): number {
    const value = this.#value;
    let quoted = false;
    let at = end - 1;
    for (; at >= least; at--) {
      const code = value.charCodeAt(at);
      if (code === COMMA && !quoted) break;
      if (code === QUOTE) quoted = !quoted || value.charCodeAt(at - 1) === BACKSLASH;
    }
    return at + 1;
  }
}
