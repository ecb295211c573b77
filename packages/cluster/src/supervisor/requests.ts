import type { Clock, Timer } from '@holdfast/core';
import { ClusterError } from '../errors.ts';
import type { Member } from './member.ts';
import type { Answer } from './member-host.ts';
import type { Question } from './question.ts';

interface Pending {
  readonly member: Member;
  readonly timer: Timer;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

const failure = (
  code: 'HF_WORKER_GONE' | 'HF_WORKER_SILENT' | 'HF_REQUEST_FAILED',
  member: Member,
  what: string,
): ClusterError => {
  const { slot, pid } = member.name;
  const message = `the worker of slot ${slot}, pid ${pid}, ${what}`;
  return new ClusterError(code, message, { worker: { slot: member.slot, pid } });
};

/** Questions to workers whose answers have not come. */
export class Requests {
  readonly #clock: Clock;
  readonly #pending = new Map<number, Pending>();
  #lastId = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  ask(member: Member, { topic, data, timeoutMs }: Question): Promise<unknown> {
    const id = ++this.#lastId;
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    const timer = this.#clock.setTimer(() => {
      this.#pending.delete(id);
      reject(failure('HF_WORKER_SILENT', member, `did not answer within ${timeoutMs} ms`));
    }, timeoutMs);
    this.#pending.set(id, { member, timer, resolve, reject });
    const unsent = member.send({ holdfast: 'request', id, topic, data });
    if (unsent !== undefined) {
      this.#take(id, member);
      reject(unsent);
    }
    return promise;
  }

  onAnswer(member: Member, answer: Answer): void {
    const pending = this.#take(answer.id, member);
    if (pending === undefined) return;
    if (answer.holdfast === 'answer') pending.resolve(answer.value);
    else pending.reject(failure('HF_REQUEST_FAILED', member, `answered: ${answer.detail}`));
  }

  onGone(member: Member): void {
    for (const [id, pending] of this.#pending) {
      if (pending.member !== member) continue;
      this.#take(id, member);
      pending.reject(failure('HF_WORKER_GONE', member, 'left before it answered'));
    }
  }

  /** No worker answers what another was asked. */
  #take(id: number, member: Member): Pending | undefined {
    const pending = this.#pending.get(id);
    if (pending?.member !== member) return undefined;
    this.#pending.delete(id);
    pending.timer[Symbol.dispose]();
    return pending;
  }
}
