const NEWLINE = 0x0a;

/** How long a line may be, and what becomes of a longer one: it comes in parts, or `DROPPED` in its place. */
export interface LineLimit {
  readonly maxBytes: number;
  readonly tooLong: 'break' | 'drop';
}

/** Stands for a line of which nothing was kept. */
export const DROPPED: Buffer = Buffer.alloc(0);

const NONE: readonly Buffer[] = [];

const isContinuation = (byte: number | undefined): boolean =>
  byte !== undefined && (byte & 0b1100_0000) === 0b1000_0000;

/** Where to break a line that is too long: not within a character, where it is UTF-8. */
const breakOf = (line: Buffer, maxBytes: number): number => {
  // A character has three further bytes at most; with more of them it is no UTF-8.
  for (let at = maxBytes; at > maxBytes - 4; at--) if (!isContinuation(line[at])) return at;
  return maxBytes;
};

const joined = (parts: readonly Buffer[]): Buffer => {
  const [first, second] = parts;
  return first === undefined || second !== undefined ? Buffer.concat(parts) : first;
};

/** Cuts a stream of bytes into lines, which it gives without their ends. */
export class LineSplitter {
  readonly #maxBytes: number;
  readonly #drops: boolean;
  /** The beginning of a line, piece by piece: joined each time it would be copied as often. */
  #parts: Buffer[] = [];
  /** Of the line so far, also where it is dropped. */
  #bytes = 0;

  constructor({ maxBytes, tooLong }: LineLimit) {
    this.#maxBytes = maxBytes;
    this.#drops = tooLong === 'drop';
  }

  /** The lines that end with this chunk or in it, one by one: all have to be taken before the next chunk. */
  *push(chunk: Buffer): Generator<Buffer, void, undefined> {
    let from = 0;
    for (let to = chunk.indexOf(NEWLINE); to !== -1; to = chunk.indexOf(NEWLINE, from)) {
      yield* this.#hold(chunk.subarray(from, to));
      yield this.#take();
      from = to + 1;
    }
    yield* this.#hold(chunk.subarray(from));
  }

  /** The line that has begun and has no end, if there is one. */
  *end(): Generator<Buffer, void, undefined> {
    if (this.#bytes > 0) yield this.#take();
  }

  /** Answers the parts that cannot be held as well. */
  #hold(part: Buffer): readonly Buffer[] {
    this.#bytes += part.length;
    if (part.length > 0) this.#parts.push(part);
    if (this.#bytes <= this.#maxBytes) return NONE;
    if (!this.#drops) return this.#broken();
    this.#parts = [];
    return NONE;
  }

  #broken(): readonly Buffer[] {
    const broken: Buffer[] = [];
    let rest = this.#take();
    while (rest.length > this.#maxBytes) {
      const at = breakOf(rest, this.#maxBytes);
      broken.push(rest.subarray(0, at));
      rest = rest.subarray(at);
    }
    this.#parts = [rest];
    this.#bytes = rest.length;
    return broken;
  }

  #take(): Buffer {
    const isDropped = this.#drops && this.#bytes > this.#maxBytes;
    const line = isDropped ? DROPPED : joined(this.#parts);
    this.#parts = [];
    this.#bytes = 0;
    return line;
  }
}
