/** A longer line is broken, so that no program can make its supervisor hold all that it writes. */
const LONGEST_LINE: number = 64 * 1_024;

const NEWLINE = 0x0a;

const isContinuation = (byte: number | undefined): boolean =>
  byte !== undefined && (byte & 0b1100_0000) === 0b1000_0000;

/** Where to break a line that is too long: not within a character, where it is UTF-8. */
const breakOf = (line: Buffer): number => {
  // A character has three further bytes at most; with more of them it is no UTF-8.
  for (let at = LONGEST_LINE; at > LONGEST_LINE - 4; at--) if (!isContinuation(line[at])) return at;
  return LONGEST_LINE;
};

/** Cuts a stream of bytes into lines, which it gives without their ends. */
export class LineSplitter {
  /** The beginning of a line, piece by piece: joined each time it would be copied as often. */
  #held: Buffer[] = [];
  #heldLength = 0;

  /** The lines that end with this chunk or in it. */
  push(chunk: Buffer): Buffer[] {
    const lines: Buffer[] = [];
    let from = 0;
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, from)) {
      this.#hold(chunk.subarray(from, end), lines);
      lines.push(this.#takeHeld());
      from = end + 1;
    }
    this.#hold(chunk.subarray(from), lines);
    return lines;
  }

  /** The line that has begun and has no end, if there is one. */
  end(): Buffer[] {
    return this.#heldLength === 0 ? [] : [this.#takeHeld()];
  }

  #hold(part: Buffer, lines: Buffer[]): void {
    if (part.length > 0) this.#held.push(part);
    this.#heldLength += part.length;
    if (this.#heldLength <= LONGEST_LINE) return;
    let rest = this.#takeHeld();
    while (rest.length > LONGEST_LINE) {
      const at = breakOf(rest);
      lines.push(rest.subarray(0, at));
      rest = rest.subarray(at);
    }
    this.#held = [rest];
    this.#heldLength = rest.length;
  }

  #takeHeld(): Buffer {
    const [first = Buffer.alloc(0), ...more] = this.#held;
    const line = more.length === 0 ? first : Buffer.concat(this.#held, this.#heldLength);
    this.#held = [];
    this.#heldLength = 0;
    return line;
  }
}
