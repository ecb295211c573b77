import type { Socket } from 'node:net';
import type { Clock } from '@holdfast/core';
import { ClusterError, type ClusterCode } from '../errors.ts';
import type { linesOf } from '../lines/lines-of.ts';
import type { ReloadReport, StopReport, SupervisorStatus } from '../supervisor/types.ts';
import { EventQueue } from '../supervisor/event-queue.ts';
import { errorOf } from './failure.ts';
import { parseMessage } from './parse-message.ts';
import {
  lineOf,
  MAX_REQUEST_BYTES,
  type Answer,
  type Command,
  type FromSupervisor,
  type RequestId,
} from './protocol.ts';
import type { ControlClient, ControlEvents } from './types.ts';

interface Line {
  readonly socket: Socket;
  readonly lines: ReturnType<typeof linesOf>;
  readonly timeoutMs: number;
  readonly clock: Clock;
}

/** Why nothing can be asked any more. */
interface End {
  readonly code: ClusterCode;
  readonly message: string;
  readonly cause?: unknown;
}

const CLOSED: End = { code: 'HF_CONTROL_FAILED', message: 'the control client is disposed' };
const STOPPED: End = { code: 'HF_STOPPED', message: 'the supervisor has stopped' };
const LOST: End = {
  code: 'HF_CONTROL_FAILED',
  message: 'the connection to the supervisor is lost',
};

const failed = (message: string): ClusterError => new ClusterError('HF_CONTROL_FAILED', message);

const errorAt = ({ code, message, cause }: End): ClusterError =>
  new ClusterError(code, message, { cause });

type Settle = PromiseWithResolvers<unknown>;

/** The client's side of a connection that is open. */
export class Caller implements ControlClient {
  readonly #line: Line;
  readonly #asked = new Map<RequestId, Settle>();
  readonly #queues = new Set<EventQueue>();
  #lastId = 0;
  #hearsEvents = false;
  #report: StopReport | undefined;
  #end: End | undefined;

  constructor(line: Line) {
    this.#line = line;
    void this.#read();
  }

  status(): Promise<SupervisorStatus> {
    return this.#ask({ command: 'status' }, this.#line.timeoutMs) as Promise<SupervisorStatus>;
  }

  reload(reason?: string): Promise<ReloadReport> {
    return this.#ask({ command: 'reload', reason }) as Promise<ReloadReport>;
  }

  async scale(workers: number): Promise<void> {
    await this.#ask({ command: 'scale', workers });
  }

  async stop(reason?: string): Promise<StopReport> {
    try {
      return (await this.#ask({ command: 'stop', reason })) as StopReport;
    } catch (error) {
      if (this.#report !== undefined) return this.#report;
      throw error;
    }
  }

  events(): ControlEvents {
    const queue = new EventQueue((each) => this.#queues.delete(each));
    if (this.#end === undefined) this.#queues.add(queue);
    else queue.end(errorAt(this.#end));
    this.#subscribe();
    return queue;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#finish(CLOSED);
    const { socket } = this.#line;
    if (socket.closed) return;
    await new Promise<void>((resolve) => socket.once('close', () => resolve()));
  }

  #subscribe(): void {
    if (this.#hearsEvents) return;
    this.#hearsEvents = true;
    // Fails only where all ends, and then the queues are told.
    this.#ask({ command: 'events' }).catch(() => undefined);
  }

  async #ask(command: Command, timeoutMs?: number): Promise<unknown> {
    if (this.#end !== undefined) throw errorAt(this.#end);
    const id = (this.#lastId += 1);
    const line = lineOf({ id, ...command });
    if (Buffer.byteLength(line) > MAX_REQUEST_BYTES)
      throw failed(`a command has at most ${MAX_REQUEST_BYTES} bytes`);
    const answer = Promise.withResolvers<unknown>();
    this.#asked.set(id, answer);
    this.#line.socket.write(line);
    return timeoutMs === undefined ? answer.promise : this.#within(timeoutMs, id, answer);
  }

  async #within(timeoutMs: number, id: number, { promise, reject }: Settle): Promise<unknown> {
    const limit = this.#line.clock.setTimer(() => {
      this.#asked.delete(id);
      reject(failed(`the supervisor did not answer within ${timeoutMs} ms`));
    }, timeoutMs);
    try {
      return await promise;
    } finally {
      limit[Symbol.dispose]();
    }
  }

  async #read(): Promise<void> {
    try {
      for await (const line of this.#line.lines) this.#take(parseMessage(line));
      this.#finish(LOST);
    } catch (cause) {
      this.#finish({ ...LOST, cause });
    }
  }

  /** A later version may say more than this knows. */
  #take(message: FromSupervisor): void {
    if ('event' in message) for (const queue of this.#queues) queue.push(message.event);
    else if ('missed' in message) for (const queue of this.#queues) queue.skip(message.missed);
    else if ('ok' in message) this.#settle(message);
    else if ('stopped' in message) {
      this.#report = message.stopped;
      this.#finish(STOPPED);
    }
  }

  #settle(answer: Answer): void {
    const asked = this.#asked.get(answer.id);
    this.#asked.delete(answer.id);
    if (answer.ok) asked?.resolve(answer.result);
    else asked?.reject(errorOf(answer));
  }

  #finish(end: End): void {
    if (this.#end !== undefined) return;
    this.#end = end;
    for (const { reject } of this.#asked.values()) reject(errorAt(end));
    this.#asked.clear();
    const isExpected = end === CLOSED || end === STOPPED;
    for (const queue of this.#queues) queue.end(isExpected ? undefined : errorAt(end));
    this.#queues.clear();
    this.#line.socket.destroy();
  }
}
