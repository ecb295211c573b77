import { HEAD_BYTES, lengthOf } from './frame-head.ts';

const NOTHING = Buffer.alloc(0);

/** Finds the frames in what a socket reads. It keeps one chunk and the beginning of one frame, no more. */
export class Frames {
  #chunk: Buffer = NOTHING;
  #at = 0;
  /** A frame or a head that began in an earlier chunk, as long as it will be. */
  #part: Buffer | undefined = undefined;
  #filled = 0;

  /** What came before must have been taken. */
  push(chunk: Buffer): void {
    this.#chunk = chunk;
    this.#at = 0;
  }

  /** What the next frame holds; undefined until more is read. Throws a `WireError` where none of ours begins. */
  next(): Buffer | undefined {
    while (this.#part === undefined) {
      const left = this.#chunk.length - this.#at;
      if (left === 0) return this.#rest();
      if (left < HEAD_BYTES) this.#begin(HEAD_BYTES);
      else {
        const whole = HEAD_BYTES + lengthOf(this.#chunk.readUInt32LE(this.#at));
        if (left >= whole) return this.#cut(whole);
        this.#begin(whole);
      }
    }
    return this.#goOn(this.#part);
  }

  #rest(): undefined {
    // Else a chunk would be kept for as long as nothing comes.
    this.#chunk = NOTHING;
    this.#at = 0;
  }

  #cut(whole: number): Buffer {
    const from = this.#at + HEAD_BYTES;
    this.#at += whole;
    return this.#chunk.subarray(from, this.#at);
  }

  #begin(length: number, head: Buffer = NOTHING): void {
    this.#part = Buffer.allocUnsafeSlow(length);
    this.#filled = head.copy(this.#part);
  }

  #goOn(part: Buffer): Buffer | undefined {
    const copied = this.#chunk.copy(part, this.#filled, this.#at);
    this.#at += copied;
    this.#filled += copied;
    if (this.#filled < part.length) return this.#rest();
    if (part.length > HEAD_BYTES) {
      this.#part = undefined;
      return part.subarray(HEAD_BYTES);
    }
    this.#begin(HEAD_BYTES + lengthOf(part.readUInt32LE(0)), part);
    return this.next();
  }
}
