import type { Socket } from 'node:net';
import type { Readable } from 'node:stream';

const NEWLINE = 0x0a;

/** The bytes of a line that is not over yet; of one that is too long none are kept. */
class Line {
  readonly #maxBytes: number;
  #parts: Buffer[] = [];
  #bytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get isEmpty(): boolean {
    return this.#bytes === 0;
  }

  add(part: Buffer): void {
    this.#bytes += part.length;
    if (this.#bytes > this.#maxBytes) this.#parts = [];
    else this.#parts.push(part);
  }

  take(): string | undefined {
    const text =
      this.#bytes > this.#maxBytes ? undefined : Buffer.concat(this.#parts).toString('utf8');
    this.#parts = [];
    this.#bytes = 0;
    return text;
  }
}

/**
 * The lines of a stream of bytes, the last one with or without its end; undefined for one that is too long. No more
 * is read than is asked for, and a socket stays open at its end: what is written to it may not be over.
 */
export async function* linesOf(
  source: Readable,
  maxBytes: number,
): AsyncGenerator<string | undefined, void, undefined> {
  const line = new Line(maxBytes);
  const chunks: AsyncIterable<Buffer> = source.iterator({ destroyOnReturn: false });
  for await (const chunk of chunks) {
    let from = 0;
    for (let to = chunk.indexOf(NEWLINE); to !== -1; to = chunk.indexOf(NEWLINE, from)) {
      line.add(chunk.subarray(from, to));
      from = to + 1;
      yield line.take();
    }
    line.add(chunk.subarray(from));
  }
  if (!line.isEmpty) yield line.take();
}

/** When a full socket takes more, or is closed. */
export const drained = (socket: Socket): Promise<void> =>
  new Promise((resolve) => {
    const done = (): void => {
      socket.off('drain', done);
      socket.off('close', done);
      resolve();
    };
    socket.on('drain', done);
    socket.on('close', done);
  });
