import {
  rescueConnections,
  type ConnectionRescue,
} from '../../../src/rescue/rescue-connections.ts';
import { ChildEnd, workerOf } from './child-end.ts';
import { Answers, Connection, RoundRobin } from './round-robin.ts';

export const KEYS = ['first', 'second'] as const;
export type Key = (typeof KEYS)[number];

/** A worker that reads, answers, closes and dies when it is told to. */
class SimulatedWorker {
  readonly child = new ChildEnd();
  readonly worker = workerOf(this.child);
  readonly rescue: ConnectionRescue;
  isAlive = true;
  readonly #listensTo = new Set<unknown>(KEYS);

  constructor(onCreated: (worker: SimulatedWorker) => void) {
    onCreated(this);
    this.rescue = rescueConnections(this.worker);
  }

  readOne(): void {
    const next = this.child.inbox.shift();
    if (next === undefined) return;
    const { message, handle } = next;
    if (message['act'] === 'disconnect') this.#listensTo.clear();
    if (!(handle instanceof Connection)) return;
    const accepted = this.#listensTo.has(message['key']);
    if (accepted) handle.timesTaken++;
    this.child.outbox.push({ cmd: 'NODE_CLUSTER', ack: message['seq'], accepted });
  }

  closeServer(key: Key): void {
    if (!this.#listensTo.delete(key)) return;
    this.child.outbox.push({ cmd: 'NODE_CLUSTER', act: 'close', key });
  }

  /** Its exit and the end of its channel come in either order, a turn apart. */
  async die(exitsFirst: boolean): Promise<void> {
    this.isAlive = false;
    const ends = [() => this.child.exit(), () => this.child.reachEnd()];
    for (const end of exitsFirst ? ends : ends.reverse()) {
      end();
      await turn();
    }
  }
}

export const turn = (): Promise<void> => new Promise((done) => setImmediate(done));

/** A primary of Node with workers, without processes and sockets. */
export class SimulatedCluster {
  readonly connections: Connection[] = [];
  readonly workers: SimulatedWorker[] = [];
  readonly #answers = new Answers();
  readonly #servers = new Map<unknown, RoundRobin>();

  timesTaken(): number[] {
    return this.connections.map(({ timesTaken }) => timesTaken);
  }

  fork(): void {
    const worker = new SimulatedWorker((created) => this.#follow(created));
    this.workers.push(worker);
    for (const key of KEYS) {
      const server = this.#servers.get(key) ?? new RoundRobin(key, this.#answers);
      this.#servers.set(key, server);
      server.add(worker.child);
    }
  }

  /** Refused by the kernel, and so no connection, where nobody listens. */
  connect(key: Key): void {
    const server = this.#servers.get(key);
    if (server === undefined) return;
    const connection = new Connection();
    this.connections.push(connection);
    server.distribute(connection);
  }

  dismiss({ child }: SimulatedWorker): void {
    if (!child.connected) return;
    child.send({ cmd: 'NODE_CLUSTER', act: 'disconnect', seq: this.#answers.next() });
    this.#removeFromAll(child);
  }

  /** Everybody alive reads all that there is to read. */
  settle(): void {
    for (let round = 0; round < 50; round++) {
      for (const worker of this.workers.filter(({ child }) => child.connected)) {
        while (worker.child.inbox.length > 0) worker.readOne();
        worker.child.readAll();
      }
    }
  }

  #follow({ child, worker }: SimulatedWorker): void {
    child.on('internalMessage', ({ act, key, ack, accepted }) => {
      if (act === 'close') this.#remove(key, child);
      else this.#answers.settle(ack, accepted);
    });
    child.once('disconnect', () => {
      this.#removeFromAll(child);
      worker.emit('disconnect');
    });
    child.once('exit', () => {
      if (!child.connected) this.#removeFromAll(child);
      worker.emit('exit', 0, '');
    });
  }

  #removeFromAll(child: ChildEnd): void {
    for (const key of KEYS) this.#remove(key, child);
  }

  #remove(key: unknown, child: ChildEnd): void {
    if (this.#servers.get(key)?.remove(child) === true) this.#servers.delete(key);
  }
}
