const sizeOf = (chunk: unknown, encoding: unknown): number => {
  if (chunk instanceof Uint8Array) return chunk.byteLength;
  if (typeof chunk !== 'string') return 0;
  const known = typeof encoding === 'string' && Buffer.isEncoding(encoding);
  return Buffer.byteLength(chunk, known ? encoding : 'utf8');
};

/** Counts what is written of a body whose length may be announced. */
export class BodyLength {
  #announced: unknown = undefined;
  #written = 0;

  /** What the head was given; Node does not always keep that. */
  announce(length: unknown): void {
    this.#announced = length;
  }

  /** Counts a chunk. Whether the body is complete with it; `field` is the length that is set on the response. */
  isCompleteWith(chunk: unknown, encoding: unknown, field: unknown): boolean {
    const size = sizeOf(chunk, encoding);
    this.#written += size;
    return size > 0 && this.#written >= Number(this.#announced ?? field);
  }
}
