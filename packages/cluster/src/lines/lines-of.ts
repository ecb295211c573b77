import type { Readable } from 'node:stream';
import { DROPPED, LineSplitter } from './line-splitter.ts';

const textOf = (line: Buffer): string | undefined =>
  line === DROPPED ? undefined : line.toString('utf8');

/**
 * The lines of a stream of bytes, the last one with or without its end; undefined for one that is too long. No more
 * is read than is asked for, and a socket stays open at its end: what is written to it may not be over.
 */
export async function* linesOf(
  source: Readable,
  maxBytes: number,
): AsyncGenerator<string | undefined, void, undefined> {
  const splitter = new LineSplitter({ maxBytes, tooLong: 'drop' });
  const chunks: AsyncIterable<Buffer> = source.iterator({ destroyOnReturn: false });
  for await (const chunk of chunks) for (const line of splitter.push(chunk)) yield textOf(line);
  for (const line of splitter.end()) yield textOf(line);
}
