import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

type Message = Readonly<Record<string, unknown>>;

/** A client that says what a test likes. */
export class RawClient {
  readonly socket: Socket;
  readonly said: Message[] = [];
  #rest = '';

  constructor(path: string) {
    this.socket = connect({ path });
    this.socket.on('error', () => undefined);
    this.socket.setEncoding('utf8').on('data', (text: string) => this.#take(text));
    onTestFinished(() => void this.socket.destroy());
  }

  /** The message at this place, once it is there. */
  async message(index: number): Promise<Message> {
    while (this.said.length <= index) await once(this.socket, 'data');
    return this.said[index]!;
  }

  /** Says something, and gives the next message. */
  async ask(text: string): Promise<Message> {
    const index = this.said.length;
    this.socket.write(text);
    return this.message(index);
  }

  #take(text: string): void {
    const lines = (this.#rest + text).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) this.said.push(JSON.parse(line) as Message);
  }
}

/** Connected, and greeted. */
export const rawClient = async (path: string): Promise<RawClient> => {
  const client = new RawClient(path);
  await client.message(0);
  return client;
};
