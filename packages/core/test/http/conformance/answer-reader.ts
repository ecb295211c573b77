/** One answer as it came over the wire. */
export interface Answer {
  readonly status: number;
  /** Names in lower case; what came twice is joined. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Statuses of the 1xx before it. */
  readonly interim: readonly number[];
  /** Whether all of it came. */
  readonly complete: boolean;
}

type Framing = 'none' | 'chunked' | 'until-close' | number;

interface OpenAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly interim: readonly number[];
  readonly framing: Framing;
  body: string;
}

const HEAD_END = '\r\n\r\n';

/** Node's own word to a client that speaks no HTTP, or too slowly; it ends the connection. */
const LAST_WORD = /^HTTP\/1\.1 4\d\d [\w ]+\r\nConnection: close\r\n\r\n$/u;

/**
 * Reads answers of HTTP/1.1 strictly: one for each request that was announced, in order, framed as the
 * standard has it. What comes beyond that is `surplus`: a second answer, or a body where none may be.
 */
export class AnswerReader {
  readonly answers: Answer[] = [];
  readonly #methods: string[] = [];
  #interim: number[] = [];
  #text = '';
  #open: OpenAnswer | undefined = undefined;
  #over = false;

  /** A request was sent; its method decides how its answer is framed. */
  expect(method: string): void {
    this.#methods.push(method);
    this.#read();
  }

  feed(bytes: Uint8Array): void {
    this.#text += Buffer.from(bytes).toString('latin1');
    this.#read();
  }

  /** The connection is over. */
  finish(): void {
    if (this.#over) return;
    this.#over = true;
    if (this.#open !== undefined) this.#close(this.#open, this.#open.framing === 'until-close');
  }

  /** The answer under way, once its head is there. */
  get begun(): Answer | undefined {
    const open = this.#open;
    return open && { ...open, body: utf8(open.body), complete: false };
  }

  /** Requests that have no answer yet. */
  get unanswered(): number {
    return this.#methods.length + (this.#open === undefined ? 0 : 1);
  }

  /** What no request asked for. Empty where all is well. */
  get surplus(): string {
    if (this.#open !== undefined || LAST_WORD.test(this.#text)) return '';
    return this.#methods.length === 0 || !'HTTP/1.1 '.startsWith(this.#text.slice(0, 9))
      ? this.#text
      : '';
  }

  #read(): void {
    while (this.#open === undefined ? this.#readHead() : this.#readBody(this.#open));
  }

  #readHead(): boolean {
    const end = this.#text.indexOf(HEAD_END);
    if (end < 0 || this.#methods.length === 0) return false;
    const [first = '', ...lines] = this.#text.slice(0, end).split('\r\n');
    const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(first)?.[1] ?? Number.NaN);
    if (Number.isNaN(status)) return false;
    this.#text = this.#text.slice(end + HEAD_END.length);
    if (status < 200) this.#interim.push(status);
    else this.#begin(status, fieldsOf(lines));
    return true;
  }

  #begin(status: number, headers: Readonly<Record<string, string>>): void {
    const framing = framingOf(this.#methods.shift() ?? '', status, headers);
    this.#open = { status, headers, interim: this.#interim, framing, body: '' };
    this.#interim = [];
  }

  #readBody(open: OpenAnswer): boolean {
    if (open.framing === 'chunked') return this.#readChunk(open);
    const wanted = lengthOf(open.framing);
    const part = this.#text.slice(0, wanted - open.body.length);
    open.body += part;
    this.#text = this.#text.slice(part.length);
    return open.body.length === wanted && this.#close(open, true);
  }

  #readChunk(open: OpenAnswer): boolean {
    const lineEnd = this.#text.indexOf('\r\n');
    if (lineEnd < 0) return false;
    const size = Number.parseInt(this.#text.slice(0, lineEnd), 16);
    const start = lineEnd + 2;
    if (size === 0) return this.#readTrailers(open, start);
    if (this.#text.length < start + size + 2) return false;
    open.body += this.#text.slice(start, start + size);
    this.#text = this.#text.slice(start + size + 2);
    return true;
  }

  #readTrailers(open: OpenAnswer, start: number): boolean {
    const end = this.#text.startsWith('\r\n', start)
      ? start + 2
      : this.#text.indexOf(HEAD_END, start) + HEAD_END.length;
    if (end < start || this.#text.length < end) return false;
    this.#text = this.#text.slice(end);
    return this.#close(open, true);
  }

  #close({ status, headers, interim, body }: OpenAnswer, complete: boolean): true {
    this.answers.push({ status, headers, interim, body: utf8(body), complete });
    this.#open = undefined;
    return true;
  }
}

const utf8 = (latin1: string): string => Buffer.from(latin1, 'latin1').toString();

const fieldsOf = (lines: readonly string[]): Record<string, string> => {
  const fields: Record<string, string> = {};
  for (const line of lines) {
    const colon = line.indexOf(':');
    const name = line.slice(0, colon).toLowerCase();
    const value = line.slice(colon + 1).trim();
    const before = fields[name];
    fields[name] = before === undefined ? value : `${before}, ${value}`;
  }
  return fields;
};

const framingOf = (
  method: string,
  status: number,
  headers: Readonly<Record<string, string>>,
): Framing => {
  if (method === 'HEAD' || status === 204 || status === 304) return 'none';
  if (headers['transfer-encoding'] === 'chunked') return 'chunked';
  const length = headers['content-length'];
  return length === undefined ? 'until-close' : Number(length);
};

const lengthOf = (framing: 'none' | 'until-close' | number): number => {
  if (framing === 'none') return 0;
  return framing === 'until-close' ? Infinity : framing;
};
