import type { ChildEnd } from './child-end.ts';

/** A connection as the primary has it. */
export class Connection {
  isClosed = false;
  timesTaken = 0;

  close(): void {
    this.isClosed = true;
  }
}

/** What all servers of a primary share: their numbers, and who waits for an answer. */
export class Answers {
  #seq = 0;
  readonly #replies = new Map<unknown, (accepted: boolean) => void>();

  next(reply?: (accepted: boolean) => void): number {
    if (reply !== undefined) this.#replies.set(this.#seq, reply);
    return this.#seq++;
  }

  settle(ack: unknown, accepted: unknown): void {
    const reply = this.#replies.get(ack);
    this.#replies.delete(ack);
    reply?.(accepted === true);
  }
}

/** Deals connections out as the primary of Node does. */
export class RoundRobin {
  readonly #key: string;
  readonly #answers: Answers;
  readonly #all = new Set<ChildEnd>();
  readonly #free = new Set<ChildEnd>();
  readonly #waiting: Connection[] = [];

  constructor(key: string, answers: Answers) {
    this.#key = key;
    this.#answers = answers;
  }

  add(child: ChildEnd): void {
    this.#all.add(child);
    child.send({
      cmd: 'NODE_CLUSTER',
      errno: null,
      key: this.#key,
      ack: 0,
      seq: this.#answers.next(),
    });
    this.#handOff(child);
  }

  /** Whether it was the last. */
  remove(child: ChildEnd): boolean {
    this.#free.delete(child);
    if (!this.#all.delete(child) || this.#all.size > 0) return false;
    for (const connection of this.#waiting.splice(0)) connection.close();
    return true;
  }

  distribute(connection: Connection): void {
    this.#waiting.push(connection);
    const [next] = this.#free;
    if (next === undefined) return;
    this.#free.delete(next);
    this.#handOff(next);
  }

  #handOff(child: ChildEnd): void {
    if (!this.#all.has(child)) return;
    const connection = this.#waiting.shift();
    if (connection === undefined) {
      this.#free.add(child);
    } else if (child.connected) {
      const seq = this.#answers.next((accepted) => {
        if (!accepted) this.distribute(connection);
        this.#handOff(child);
      });
      child.send({ cmd: 'NODE_CLUSTER', act: 'newconn', key: this.#key, seq }, connection);
    }
  }
}
