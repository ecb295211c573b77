import type { Readable } from 'node:stream';

/** What was printed, for whoever listens, and its end for reports of failures. */
export class Lines {
  readonly #listeners = new Set<(line: string) => void>();
  readonly #last: string[] = [];
  #begun = '';

  constructor(...streams: readonly Readable[]) {
    for (const stream of streams) {
      stream.setEncoding('utf8');
      stream.on('data', (text: string) => this.#read(text));
    }
  }

  on(listener: (line: string) => void): void {
    this.#listeners.add(listener);
  }

  /** The last few lines. */
  get tail(): string {
    return this.#last.join('\n');
  }

  #read(text: string): void {
    const lines = (this.#begun + text).split('\n');
    this.#begun = lines.pop() ?? '';
    for (const line of lines) this.#take(line);
  }

  #take(line: string): void {
    this.#last.push(line);
    if (this.#last.length > 20) this.#last.shift();
    for (const listener of this.#listeners) listener(line);
  }
}
