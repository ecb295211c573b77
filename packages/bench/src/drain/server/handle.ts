import { setTimeout as sleep } from 'node:timers/promises';

/** What every answer ends with. */
export const BODY = 'all of it';
const CHUNK_EVERY_MS = 100;

/** What requests of HTTP/1.1 and of HTTP/2 have in common here, and their responses below. */
interface Question {
  readonly url?: string | undefined;
}

interface Answer {
  writeHead(status: number, headers: Readonly<Record<string, string | number>>): unknown;
  write(chunk: string): unknown;
  end(chunk: string): unknown;
}

/** Answers once the time is over. */
const wait = async (answer: Answer, ms: number): Promise<void> => {
  await sleep(ms);
  answer.writeHead(200, { 'content-length': BODY.length });
  answer.end(BODY);
};

/** Begins the answer at once, and ends it only when the time is over. */
const stream = async (answer: Answer, ms: number): Promise<void> => {
  answer.writeHead(200, { 'content-type': 'text/plain' });
  for (let left = ms; left > 0; left -= CHUNK_EVERY_MS) {
    answer.write('.');
    await sleep(Math.min(left, CHUNK_EVERY_MS));
  }
  answer.end(BODY);
};

/** Serves `/wait/<ms>` and `/stream/<ms>`. */
export const handle = ({ url = '' }: Question, answer: Answer): void => {
  const [, how, ms] = url.split('/');
  const serve = how === 'stream' ? stream : wait;
  serve(answer, Number(ms)).catch(() => answer.end(''));
};
