import type { Timer } from '@holdfast/core';
import type { ClusterError } from '../errors.ts';
import type { RestartPolicy } from '../restart/restart-policy.ts';
import type { Member } from './member.ts';

/** So many failures in a row are no accident. */
const MOST_FAILURES = 5;

/** A place for one worker. */
export class Slot {
  readonly index: number;
  readonly policy: RestartPolicy;
  /** Who serves in it, or is about to. */
  current: Member | undefined = undefined;
  /** Who takes its place once it is ready. */
  successor: Member | undefined = undefined;
  /** Whether its next worker waits for the restart budget. */
  awaitsBudget = false;
  /** Whether its last worker was not ready in time. */
  wasNeverReady = false;
  /** Why nobody is started in it any more. */
  givenUp: ClusterError | undefined = undefined;
  #restart: Timer | undefined = undefined;

  constructor(index: number, policy: RestartPolicy) {
    this.index = index;
    this.policy = policy;
  }

  get isServing(): boolean {
    return this.current?.isServing === true;
  }

  get isReady(): boolean {
    return this.current?.state === 'ready';
  }

  /** Whether nobody is in it, and nobody is about to be. */
  get isVacant(): boolean {
    return this.current === undefined && this.#restart === undefined && this.givenUp === undefined;
  }

  /** Whether it will have no worker for a long time, or ever. */
  get isStuck(): boolean {
    if (this.givenUp !== undefined || (this.awaitsBudget && !this.isReady)) return true;
    return !this.isServing && (this.wasNeverReady || this.policy.failures >= MOST_FAILURES);
  }

  /** Its worker is ready: whatever was wrong before is mended. */
  ready(now: number): void {
    this.policy.ready(now);
    this.wasNeverReady = false;
    this.givenUp = undefined;
  }

  /** Nobody counts on the worker any more. Answers whether the slot is empty for it. */
  lose(member: Member): boolean {
    if (this.successor === member) this.successor = undefined;
    if (this.current !== member) return false;
    this.current = undefined;
    return true;
  }

  /** Has `timer` start the next worker, in place of any other. */
  restartBy(timer: Timer | undefined): void {
    this.#restart?.[Symbol.dispose]();
    this.#restart = timer;
    this.awaitsBudget = false;
  }

  /** The one on its way takes the place of one that is gone. Answers whether there was any. */
  adopt(): boolean {
    this.current = this.successor;
    this.successor = undefined;
    return this.current !== undefined;
  }

  /** Nobody is in it any more, as it is no more. Answers with those who were. */
  clear(): readonly Member[] {
    const members = [this.current, this.successor].filter((member) => member !== undefined);
    this.current = undefined;
    this.successor = undefined;
    this.restartBy(undefined);
    return members;
  }
}
