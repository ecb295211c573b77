import type { Timer } from '@holdfast/core';
import type { ClusterError } from '../errors.ts';
import type { RestartPolicy } from '../restart/restart-policy.ts';
import type { Member } from './member.ts';

/** A place for one worker. */
export class Slot {
  readonly index: number;
  readonly policy: RestartPolicy;
  /** Who serves in it, or is about to. */
  current: Member | undefined = undefined;
  /** Who takes its place once it is ready. */
  successor: Member | undefined = undefined;
  /** Whether a worker has ever been ready in it. */
  wasReady = false;
  /** Whether its next worker waits for the restart budget. */
  awaitsBudget = false;
  /** Why nobody is started in it any more. */
  givenUp: ClusterError | undefined = undefined;
  #restart: Timer | undefined = undefined;

  constructor(index: number, policy: RestartPolicy) {
    this.index = index;
    this.policy = policy;
  }

  get isReady(): boolean {
    return this.current?.state === 'ready';
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
}
