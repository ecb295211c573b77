import type { Readable } from 'node:stream';

/** So much of the end is kept. */
const KEPT = 4_096;
/** How the first line of an error looks that nobody caught. */
const NAMED = /^(?:Uncaught )?\w*(?:Error|Exception|Warning)\b.*$/gm;

/** Remembers the end of what a process writes to standard error, to say why it has ended. */
export class LastWords {
  #tail = '';

  constructor(source: Readable | null | undefined) {
    source?.on('data', (chunk: Buffer | string) => {
      this.#tail = (this.#tail + chunk.toString()).slice(-KEPT);
    });
  }

  /** The error that was named last, or empty. */
  get text(): string {
    return this.#tail.match(NAMED)?.at(-1) ?? '';
  }
}
