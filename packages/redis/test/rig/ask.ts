import { connect } from 'node:net';

/** What a server answers: integers as text, errors thrown. */
export type Answer = string | null | readonly Answer[];

/** Where something ends in what has come so far; undefined where it has not ended. */
interface Parsed {
  readonly answer: Answer | Error;
  readonly end: number;
}

const list = (text: string, count: number, from: number): Parsed | undefined => {
  const answers: Answer[] = [];
  let end = from;
  for (let each = 0; each < count; each++) {
    const parsed = parse(text, end);
    if (parsed === undefined) return undefined;
    answers.push(parsed.answer instanceof Error ? parsed.answer.message : parsed.answer);
    end = parsed.end;
  }
  return { answer: answers, end };
};

const parse = (text: string, from: number): Parsed | undefined => {
  const line = text.indexOf('\r\n', from);
  if (line < 0) return undefined;
  const kind = text[from];
  const rest = text.slice(from + 1, line);
  if (kind === '-') return { answer: new Error(rest), end: line + 2 };
  if (kind === '*') return list(text, Number(rest), line + 2);
  if (kind !== '$') return { answer: rest, end: line + 2 };
  if (rest === '-1') return { answer: null, end: line + 2 };
  const end = line + 2 + Number(rest);
  return text.length < end + 2 ? undefined : { answer: text.slice(line + 2, end), end: end + 2 };
};

const request = (words: readonly string[]): string =>
  `*${words.length}\r\n${words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join('')}`;

/** Also of a server that stands still, or is none. */
const ANSWER_MS = 5_000;

/** Asks a server one thing over a connection of its own: a client that hides nothing. */
export const ask = (port: number, ...words: readonly string[]): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1');
    let text = '';
    socket.setTimeout(ANSWER_MS, () => socket.destroy());
    socket.setEncoding('latin1');
    socket.on('connect', () => socket.write(request(words)));
    socket.on('data', (chunk: string) => {
      text += chunk;
      const parsed = parse(text, 0);
      if (parsed === undefined) return;
      socket.destroy();
      if (parsed.answer instanceof Error) reject(parsed.answer);
      else resolve(parsed.answer);
    });
    socket.on('error', reject);
    socket.on('close', () => reject(new Error(`no answer to ${words.join(' ')}`)));
  });

/** One field of INFO. */
export const infoField = async (port: number, field: string): Promise<string | undefined> => {
  const info = String(await ask(port, 'INFO', 'everything'));
  const line = info.split('\r\n').find((each) => each.startsWith(`${field}:`));
  return line?.slice(field.length + 1);
};
