/** One complete answer of HTTP/1.1. */
export interface Http1Answer {
  readonly status: number;
  /** Whether the server said that the connection is over. */
  readonly closes: boolean;
  readonly body: string;
  /** What came after it. */
  readonly rest: string;
}

const END_OF_HEAD = '\r\n\r\n';

const takeLength = (text: string, length: number): Pick<Http1Answer, 'body' | 'rest'> | undefined =>
  text.length < length ? undefined : { body: text.slice(0, length), rest: text.slice(length) };

const takeChunks = (text: string): Pick<Http1Answer, 'body' | 'rest'> | undefined => {
  let body = '';
  for (let at = 0; ;) {
    const lineEnd = text.indexOf('\r\n', at);
    if (lineEnd < 0) return undefined;
    const size = Number.parseInt(text.slice(at, lineEnd), 16);
    const from = lineEnd + 2;
    if (text.length < from + size + 2) return undefined;
    at = from + size + 2;
    if (size === 0) return { body, rest: text.slice(at) };
    body += text.slice(from, from + size);
  }
};

const fieldOf = (head: string, name: string): string | undefined =>
  new RegExp(`^${name}:[ \t]*(.*?)[ \t]*$`, 'im').exec(head)?.[1]?.toLowerCase();

/** The first answer in what was received so far (latin1); undefined until all of it is there. */
export const takeAnswer = (received: string): Http1Answer | undefined => {
  const headEnd = received.indexOf(END_OF_HEAD);
  if (headEnd < 0) return undefined;
  const head = received.slice(0, headEnd);
  const after = received.slice(headEnd + END_OF_HEAD.length);
  const chunked = fieldOf(head, 'transfer-encoding') === 'chunked';
  const taken = chunked
    ? takeChunks(after)
    : takeLength(after, Number(fieldOf(head, 'content-length') ?? Infinity));
  if (taken === undefined) return undefined;
  return {
    status: Number(head.split(' ', 2)[1]),
    closes: fieldOf(head, 'connection') === 'close',
    ...taken,
  };
};
