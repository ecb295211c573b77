import type { Socket } from 'node:net';
import { linesOf } from '../lines/lines-of.ts';
import type { StopReport, Supervisor } from '../supervisor/types.ts';
import { drained } from './drained.ts';
import { failureOf, refusal } from './failure.ts';
import { HeldEvents } from './held-events.ts';
import { parseRequest } from './parse-request.ts';
import {
  CONTROL_VERSION,
  lineOf,
  MAX_REQUEST_BYTES,
  MAX_UNDER_WAY,
  type Answer,
  type FromSupervisor,
  type Request,
} from './protocol.ts';

type Question = Exclude<Request, { readonly command: 'events' }>;

const perform = async (supervisor: Supervisor, request: Question): Promise<unknown> => {
  switch (request.command) {
    case 'status':
      return supervisor.status();
    case 'reload':
      return supervisor.reload(request.reason);
    case 'scale':
      return supervisor.scale(request.workers);
    case 'stop':
      return supervisor.stop(request.reason);
  }
};

/** The answer to what is not over as all ends; `stop` itself ends only after that. */
const lastAnswer = ({ id, command }: Question, report: StopReport | undefined): Answer => {
  if (report === undefined) return refusal(id, 'the control socket is closed');
  if (command === 'stop') return { id, ok: true, result: report };
  return refusal(id, 'the supervisor has stopped', 'HF_STOPPED');
};

/** One client of the control socket, until it is gone. Nothing that it sends makes this throw. */
export class Connection {
  readonly #socket: Socket;
  readonly #supervisor: Supervisor;
  readonly #underWay = new Map<Question, Promise<void>>();
  readonly #held = new HeldEvents();
  readonly #over = Promise.withResolvers<void>();
  #hearsEvents = false;

  constructor(socket: Socket, supervisor: Supervisor) {
    this.#socket = socket;
    this.#supervisor = supervisor;
    // A client that breaks off is no error of ours: the loop below ends.
    socket.on('error', () => undefined);
    socket.on('drain', () => this.#writeText(this.#held.take()));
    this.#write({ control: CONTROL_VERSION, name: supervisor.name, pid: process.pid });
    void this.#serve();
  }

  /** Sends the line of an event to a client that wants them. */
  send(line: string): void {
    if (!this.#hearsEvents) return;
    if (this.#socket.writableNeedDrain) this.#held.add(line);
    else this.#writeText(line);
  }

  /** Answers what is under way, says the last there is to say, and ends. */
  finish(report: StopReport | undefined): void {
    this.#hearsEvents = false;
    for (const request of this.#underWay.keys()) this.#write(lastAnswer(request, report));
    this.#underWay.clear();
    this.#writeText(this.#held.take());
    if (report !== undefined) this.#write({ stopped: report });
    // It is the client that closes: one that is about to write would lose what it has not read.
    this.#socket.end();
    this.#over.resolve();
  }

  /** For who does not read what there is. */
  cut(): void {
    this.#socket.destroy();
  }

  async #serve(): Promise<void> {
    try {
      for await (const line of linesOf(this.#socket, MAX_REQUEST_BYTES)) {
        this.#take(line);
        await this.#room();
      }
      // Who has said all may still wait for answers (`echo … | nc -U`), or be gone: events end here.
      this.#hearsEvents = false;
      await Promise.all(this.#underWay.values());
      this.#socket.destroySoon();
    } catch {
      this.#socket.destroy();
    }
  }

  #take(line: string | undefined): void {
    const request = parseRequest(line);
    if ('problem' in request) this.#write(refusal(request.id, request.problem));
    else if (request.command === 'events') this.#subscribe(request);
    else if (this.#socket.writable) this.#underWay.set(request, this.#answer(request));
  }

  /** At once, so that a client hears what comes of its next request. */
  #subscribe({ id }: Request): void {
    this.#write({ id, ok: true });
    this.#hearsEvents = true;
  }

  /** Nothing more is read of a client that does not read, or has enough under way. */
  async #room(): Promise<void> {
    if (this.#underWay.size >= MAX_UNDER_WAY)
      await Promise.race([this.#over.promise, ...this.#underWay.values()]);
    if (this.#socket.writableNeedDrain) await drained(this.#socket);
  }

  async #answer(request: Question): Promise<void> {
    const { id } = request;
    let answer: Answer;
    try {
      answer = { id, ok: true, result: await perform(this.#supervisor, request) };
    } catch (error) {
      answer = failureOf(id, error);
    }
    // Already answered where the supervisor has stopped meanwhile.
    if (this.#underWay.delete(request)) this.#write(answer);
  }

  #write(message: FromSupervisor): void {
    this.#writeText(lineOf(message));
  }

  #writeText(text: string): void {
    if (text !== '' && this.#socket.writable) this.#socket.write(text);
  }
}
