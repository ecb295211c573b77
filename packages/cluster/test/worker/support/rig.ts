import { fork, type ChildProcess } from 'node:child_process';
import type { Launch } from '../../../src/protocol/launch.ts';
import type { FromWorker, ToWorker } from '../../../src/protocol/messages.ts';
import { parseFromWorker } from '../../../src/protocol/parse-from-worker.ts';
import { freePort } from './free-port.ts';
import type { Order, Told } from './orders.ts';

const PRIMARY = new URL('../fixtures/primary.ts', import.meta.url);
const PATIENCE_MS = 20_000;

const LAUNCH: Launch = {
  name: 'test',
  generation: 4,
  slot: 2,
  supervisorPid: 0,
  readyOn: 'listening',
  reusePort: false,
  shutdown: { announceMs: 0, lingerMs: 100, deadlineMs: 10_000, errorDeadlineMs: 10_000 },
  watchdog: undefined,
};

type Said<Kind extends FromWorker['holdfast']> = Extract<FromWorker, { readonly holdfast: Kind }>;

/** One worker, as its primary sees it. */
export class RiggedWorker {
  /** Of its first server. */
  readonly port: number;
  readonly ports: readonly number[];
  readonly said: FromWorker[] = [];
  output = '';
  exit: Told['exit'] = undefined;
  /** Whether one that wants to leave is not told to. */
  mayWait = false;
  readonly #deadlineMs: number;
  readonly #order: (order: Order) => void;
  readonly #key: number;
  #changed = Promise.withResolvers<void>();

  constructor(
    key: number,
    ports: readonly number[],
    deadlineMs: number,
    order: (order: Order) => void,
  ) {
    this.#deadlineMs = deadlineMs;
    this.#key = key;
    this.ports = ports;
    [this.port = 0] = ports;
    this.#order = order;
  }

  /** Which kinds of messages came, vitals left out. */
  get kinds(): readonly string[] {
    return this.said.map(({ holdfast }) => holdfast).filter((kind) => kind !== 'vitals');
  }

  hear({ message, output, exit }: Told): void {
    const parsed = parseFromWorker(message);
    if (parsed !== undefined) this.said.push(parsed);
    // Another one is ready in its place, as far as it can know.
    if (parsed?.holdfast === 'leaving' && parsed.isServing && !this.mayWait)
      this.send({ holdfast: 'drain', reason: parsed.reason, deadlineMs: this.#deadlineMs });
    this.output += output ?? '';
    this.exit ??= exit;
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }

  send(message: ToWorker | { readonly holdfast: 'unknown' }): void {
    this.#order({ does: 'send', key: this.#key, message });
  }

  signal(signal: NodeJS.Signals): void {
    this.#order({ does: 'signal', key: this.#key, signal });
  }

  /** As if its supervisor were gone. */
  abandon(): void {
    this.#order({ does: 'abandon', key: this.#key });
  }

  async says<Kind extends FromWorker['holdfast']>(kind: Kind): Promise<Said<Kind>> {
    const isIt = (each: FromWorker): each is Said<Kind> => each.holdfast === kind;
    return this.#until(() => this.said.find(isIt), `to say ${kind}`);
  }

  /** The answer to a request, or why it failed. */
  async answer(id: number): Promise<unknown> {
    const isIt = (each: FromWorker): boolean => 'id' in each && each.id === id;
    const found = await this.#until(() => this.said.find(isIt), `to answer ${id}`);
    return found.holdfast === 'answer' ? found.value : 'detail' in found && found.detail;
  }

  async prints(text: string): Promise<void> {
    await this.#until(() => this.output.includes(text) || undefined, `to print ${text}`);
  }

  /** Its exit code, or the signal that ended it; answers a bye with a goodbye. */
  async ends(isAnswered = true): Promise<number | string | null> {
    const sayGoodbye = async (): Promise<void> => {
      await this.says('bye');
      this.send({ holdfast: 'goodbye' });
    };
    if (isAnswered) sayGoodbye().catch(() => undefined);
    const { code, signal } = await this.#until(() => this.exit, 'to end');
    return code ?? signal;
  }

  async #until<T>(find: () => T | undefined, what: string): Promise<T> {
    const end = performance.now() + PATIENCE_MS;
    for (;;) {
      const found = find();
      if (found !== undefined) return found;
      if (this.exit !== undefined || performance.now() > end)
        throw new Error(`it was ${what}; it said ${this.kinds.join()} and printed ${this.output}`);
      await this.#changed.promise;
    }
  }
}

interface Start {
  /** From the folder of fixtures. */
  readonly app?: string;
  readonly port?: number;
  readonly env?: Readonly<Record<string, string>>;
}

/** A primary in a process of its own, for the workers of a file of tests. */
export class Rig implements Disposable {
  readonly #primary: ChildProcess;
  readonly #workers = new Map<number, RiggedWorker>();
  #lastKey = 0;

  constructor() {
    this.#primary = fork(PRIMARY, {
      execArgv: process.execArgv,
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    this.#primary.on('message', (told: Told) => this.#workers.get(told.key)?.hear(told));
  }

  /** Starts a worker; `scenario` says what its program does. */
  async start(
    scenario: string,
    launch: Partial<Launch> = {},
    { app = 'app.ts', port: fixed, env: own = {} }: Start = {},
  ): Promise<RiggedWorker> {
    const key = this.#lastKey++;
    const ports = [fixed ?? (await freePort()), await freePort(), await freePort()];
    const order = (each: Order): void => void this.#primary.send(each);
    const { deadlineMs } = { ...LAUNCH, ...launch }.shutdown;
    const worker = new RiggedWorker(key, ports, deadlineMs, order);
    this.#workers.set(key, worker);
    const env = { SCENARIO: scenario, PORTS: ports.join(), ...own };
    const supervisorPid = this.#primary.pid ?? 0;
    order({ does: 'fork', key, app, env, launch: { ...LAUNCH, supervisorPid, ...launch } });
    return worker;
  }

  /** Starts one, and waits until it is ready. */
  async ready(...args: Parameters<Rig['start']>): Promise<RiggedWorker> {
    const worker = await this.start(...args);
    await worker.says('ready');
    return worker;
  }

  [Symbol.dispose](): void {
    this.#primary.disconnect();
  }
}
