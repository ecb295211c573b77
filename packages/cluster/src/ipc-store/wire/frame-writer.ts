import { HEAD_BYTES, headOf } from './frame-head.ts';

/** Many small frames are cut out of one piece of memory; it is let go with the last of them. */
const PIECE_BYTES = 65_536;

const ONE_BYTE_LETTERS = 0xff;

/** The most bytes that `text` writes. */
export const sizeOfText = (text: string): number => 2 + 2 * text.length;

/** Numbers, texts and bytes one after the other, in frames of as many as are written before `end`. */
export class FrameWriter {
  readonly #onFrame: (frame: Uint8Array) => void;
  #bytes: Buffer = Buffer.alloc(0);
  #view: DataView = new DataView(this.#bytes.buffer, 0, 0);
  #start = 0;
  #at = 0;
  #open = false;

  /** `onFrame` is given each frame; its bytes are not written to again. */
  constructor(onFrame: (frame: Uint8Array) => void) {
    this.#onFrame = onFrame;
  }

  /** Makes room for what belongs together, so many bytes at most; a frame without the room ends before it. */
  reserve(bytes: number): void {
    if (this.#open && this.#at + bytes <= this.#bytes.length) return;
    this.end();
    if (this.#at + HEAD_BYTES + bytes > this.#bytes.length) this.#renew(HEAD_BYTES + bytes);
    this.#start = this.#at;
    this.#at += HEAD_BYTES;
    this.#open = true;
  }

  byte(value: number): void {
    this.#bytes[this.#at++] = value;
  }

  number(value: number): void {
    this.#view.setFloat64(this.#at, value, true);
    this.#at += 8;
  }

  /** Halves of surrogate pairs included. */
  text(text: string): void {
    const bytes = this.#bytes;
    const begin = this.#at + 2;
    // Letter by letter costs less than a call into Node for texts as short as keys are.
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i);
      if (code > ONE_BYTE_LETTERS) return this.#wideText(text);
      bytes[begin + i] = code;
    }
    this.#view.setUint16(this.#at, text.length << 1, true);
    this.#at = begin + text.length;
  }

  data(data: Uint8Array): void {
    this.#view.setUint32(this.#at, data.length, true);
    this.#bytes.set(data, this.#at + 4);
    this.#at += 4 + data.length;
  }

  /** Gives out what was written, if anything was. */
  end(): void {
    if (!this.#open) return;
    this.#open = false;
    const length = this.#at - this.#start - HEAD_BYTES;
    if (length === 0) this.#at = this.#start;
    else {
      this.#view.setUint32(this.#start, headOf(length), true);
      this.#onFrame(this.#bytes.subarray(this.#start, this.#at));
    }
  }

  #wideText(text: string): void {
    this.#view.setUint16(this.#at, (text.length << 1) | 1, true);
    this.#at += 2 + this.#bytes.write(text, this.#at + 2, 'utf16le');
  }

  #renew(bytes: number): void {
    this.#bytes = Buffer.allocUnsafeSlow(Math.max(PIECE_BYTES, bytes));
    this.#view = new DataView(this.#bytes.buffer);
    this.#at = 0;
  }
}
