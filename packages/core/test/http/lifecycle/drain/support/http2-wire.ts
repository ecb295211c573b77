import type { Wire } from './wire.ts';

/** One frame of HTTP/2 (RFC 9113, 4.1). */
export interface Frame {
  readonly type: number;
  readonly flags: number;
  readonly stream: number;
  readonly payload: Buffer;
}

const DATA = 0;
const HEADERS = 1;
const SETTINGS = 4;
const GOAWAY = 7;
const ACK = 1;
const END_STREAM = 1;
const END_HEADERS = 4;

const frame = (type: number, flags: number, stream: number, payload: Buffer): string => {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head.writeUInt8(type, 3);
  head.writeUInt8(flags, 4);
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]).toString('latin1');
};

const framesIn = (bytes: Buffer): Frame[] => {
  const frames: Frame[] = [];
  for (let at = 0; at + 9 <= bytes.length;) {
    const length = bytes.readUIntBE(at, 3);
    if (at + 9 + length > bytes.length) break;
    frames.push({
      type: bytes.readUInt8(at + 3),
      flags: bytes.readUInt8(at + 4),
      stream: bytes.readUInt32BE(at + 5),
      payload: bytes.subarray(at + 9, at + 9 + length),
    });
    at += 9 + length;
  }
  return frames;
};

/** A client of HTTP/2 that goes on as before whatever it is told, which Node's own does not. */
export class Http2Wire {
  readonly wire: Wire;

  constructor(wire: Wire) {
    this.wire = wire;
    wire.send('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
    wire.send(frame(SETTINGS, 0, 0, Buffer.alloc(0)));
    wire.send(frame(SETTINGS, ACK, 0, Buffer.alloc(0)));
  }

  get frames(): readonly Frame[] {
    return framesIn(Buffer.from(this.wire.received, 'latin1'));
  }

  /** The last stream that each GOAWAY names. */
  get goaways(): readonly number[] {
    return this.frames
      .filter(({ type }) => type === GOAWAY)
      .map(({ payload }) => payload.readUInt32BE(0));
  }

  /** Asks on a stream, an odd number; a path of `/now` or anything of four letters. */
  ask(stream: number, path = '/now'): void {
    // GET, http, a path in plain letters, and `holdfast` for the authority (RFC 7541, appendix A).
    const block = Buffer.concat([
      Buffer.from([0x82, 0x86, 0x04, path.length]),
      Buffer.from(path),
      Buffer.from([0x01, 8]),
      Buffer.from('holdfast'),
    ]);
    this.wire.send(frame(HEADERS, END_STREAM | END_HEADERS, stream, block));
  }

  /** What came on a stream, and whether that is all. */
  body(stream: number): { readonly text: string; readonly ended: boolean } {
    const own = this.frames.filter((each) => each.stream === stream);
    const data = own.filter(({ type }) => type === DATA);
    const ended = own.some(
      ({ type, flags }) => (type === DATA || type === HEADERS) && (flags & END_STREAM) !== 0,
    );
    return { text: data.map(({ payload }) => payload.toString('latin1')).join(''), ended };
  }
}
