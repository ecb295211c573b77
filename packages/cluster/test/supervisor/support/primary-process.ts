import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { SupervisorEvent, SupervisorStatus } from '@holdfast/cluster';

const PRIMARY = fileURLToPath(new URL('../fixtures/primary.ts', import.meta.url));
const SERVER = fileURLToPath(new URL('../fixtures/server.ts', import.meta.url));

interface Reply {
  readonly id?: number;
  readonly value?: unknown;
  readonly error?: string;
  readonly ready?: boolean;
  readonly event?: SupervisorEvent;
}

/** A port that nobody listens on now. */
export const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
};

/** A supervisor in a process of its own. */
export class PrimaryProcess {
  readonly events: SupervisorEvent[] = [];
  readonly port: number;
  output = '';
  readonly #child: ChildProcess;
  readonly #folder: string;
  readonly #pending = new Map<number, (reply: Reply) => void>();
  readonly #exited: Promise<readonly [number | null, NodeJS.Signals | null]>;
  readonly #ready = Promise.withResolvers<void>();
  #lastId = 0;

  private constructor(port: number, options: object) {
    this.port = port;
    this.#folder = mkdtempSync(join(tmpdir(), 'holdfast-cluster-'));
    this.build('good');
    const env = { PORT: String(port), BUILD_FILE: this.#buildFile };
    const all = JSON.stringify({ exec: SERVER, workers: 2, env, ...options });
    this.#child = fork(PRIMARY, [all], { silent: true, execArgv: process.execArgv });
    for (const stream of [this.#child.stdout, this.#child.stderr])
      stream?.on('data', (chunk: Buffer) => {
        this.output += chunk.toString();
      });
    this.#exited = once(this.#child, 'close') as Promise<[number | null, NodeJS.Signals | null]>;
    this.#child.on('message', (reply: Reply) => this.#onReply(reply));
  }

  static async start(options: object = {}, port?: number): Promise<PrimaryProcess> {
    const primary = new PrimaryProcess(port ?? (await freePort()), options);
    await Promise.race([primary.#ready.promise, primary.#exited]);
    return primary;
  }

  get #buildFile(): string {
    return join(this.#folder, 'build');
  }

  /** What workers from now on are like. */
  build(kind: 'good' | 'crashes' | 'never listens' | 'fails later'): void {
    writeFileSync(this.#buildFile, kind);
  }

  call(method: string, ...args: readonly unknown[]): Promise<unknown> {
    const id = ++this.#lastId;
    return new Promise((resolve, reject) => {
      this.#pending.set(id, ({ value, error }) => {
        if (error === undefined) resolve(value);
        else reject(new Error(error));
      });
      this.#child.send({ id, method, args });
    });
  }

  async status(): Promise<SupervisorStatus> {
    return (await this.call('status')) as SupervisorStatus;
  }

  /** Resolves once an event of this type has come, now or before, that passes. */
  async event<Type extends SupervisorEvent['type']>(
    type: Type,
    passes: (event: Extract<SupervisorEvent, { type: Type }>) => boolean = () => true,
  ): Promise<Extract<SupervisorEvent, { type: Type }>> {
    for (;;) {
      for (const event of this.events) if (isOf(event, type) && passes(event)) return event;
      await once(this.#child, 'message');
    }
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  async exit(): Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }> {
    const [code, signal] = await this.#exited;
    rmSync(this.#folder, { recursive: true, force: true });
    return { code, signal };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) this.signal('SIGTERM');
    await this.exit();
  }

  #onReply(reply: Reply): void {
    if (reply.ready === true) this.#ready.resolve();
    if (reply.event !== undefined) this.events.push(reply.event);
    if (reply.id === undefined) return;
    this.#pending.get(reply.id)?.(reply);
    this.#pending.delete(reply.id);
  }
}

const isOf = <Type extends SupervisorEvent['type']>(
  event: SupervisorEvent,
  type: Type,
): event is Extract<SupervisorEvent, { type: Type }> => event.type === type;
