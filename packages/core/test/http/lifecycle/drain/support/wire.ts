import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { connect as connectSecurely } from 'node:tls';
import { onTestFinished } from 'vitest';
import { until } from './until.ts';

/** The bare end of a connection: sends what it is told and remembers what comes. */
export class Wire {
  readonly socket: Socket;
  /** Everything that came, a character for each byte. */
  received = '';
  /** The other side has ended its half. */
  ended = false;
  error: Error | undefined = undefined;

  constructor(socket: Socket) {
    this.socket = socket;
    socket.on('data', (bytes: Buffer) => (this.received += bytes.toString('latin1')));
    socket.on('end', () => (this.ended = true));
    socket.on('error', (error) => (this.error = error));
    onTestFinished(() => void socket.destroy());
  }

  get closed(): boolean {
    return this.socket.closed;
  }

  send(text: string): void {
    this.socket.write(text, 'latin1');
  }

  /** Asks without a body. */
  ask(path = '/', head = ''): void {
    this.send(requestTo(path, head));
  }

  has(text: string): Promise<void> {
    return until(() => this.received.includes(text));
  }

  async end(): Promise<void> {
    await until(() => this.ended || this.closed);
  }

  /** How often something came. */
  count(text: string): number {
    return this.received.split(text).length - 1;
  }

  /** Forgets what came. */
  clear(): void {
    this.received = '';
  }
}

export const requestTo = (path: string, head = ''): string =>
  `GET ${path} HTTP/1.1\r\nHost: holdfast\r\n${head}\r\n`;

/** A connection to a port of this machine that is open. */
export const wireTo = async (port: number, allowHalfOpen = false): Promise<Wire> => {
  const wire = new Wire(connect({ port, host: '127.0.0.1', noDelay: true, allowHalfOpen }));
  await until(() => wire.socket.readyState === 'open');
  return wire;
};

export const secureWireTo = async (
  port: number,
  ALPNProtocols: string[] = ['http/1.1'],
): Promise<Wire> => {
  const host = '127.0.0.1';
  const socket = connectSecurely({ port, host, rejectUnauthorized: false, ALPNProtocols });
  const wire = new Wire(socket);
  await once(socket, 'secureConnect');
  return wire;
};

/** Whether a port of this machine takes a connection. */
export const accepts = async (port: number): Promise<boolean> => {
  const wire = new Wire(connect({ port, host: '127.0.0.1' }));
  await until(() => wire.socket.readyState === 'open' || wire.error !== undefined);
  wire.socket.destroy();
  return wire.error === undefined;
};
