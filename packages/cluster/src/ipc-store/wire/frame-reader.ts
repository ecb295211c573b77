import { WireError } from './wire-error.ts';

/** What a frame holds, in the order in which it was written. Each throws where there is no more of it. */
export class FrameReader {
  readonly #bytes: Buffer;
  readonly #view: DataView;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  get done(): boolean {
    return this.#at >= this.#bytes.length;
  }

  byte(): number {
    return this.#view.getUint8(this.#at++);
  }

  number(): number {
    const value = this.#view.getFloat64(this.#at, true);
    this.#at += 8;
    return value;
  }

  text(): string {
    const head = this.#view.getUint16(this.#at, true);
    const isWide = (head & 1) === 1;
    const from = this.#take(2, isWide ? head - 1 : head >> 1);
    return this.#bytes.toString(isWide ? 'utf16le' : 'latin1', from, this.#at);
  }

  /** No copy: it is for now. */
  data(): Buffer {
    const from = this.#take(4, this.#view.getUint32(this.#at, true));
    return this.#bytes.subarray(from, this.#at);
  }

  #take(head: number, length: number): number {
    const from = this.#at + head;
    if (from + length > this.#bytes.length) throw new WireError('a frame ends before its content');
    this.#at = from + length;
    return from;
  }
}
