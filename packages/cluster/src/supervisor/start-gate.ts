import { ClusterError } from '../errors.ts';
import type { Member } from './member.ts';
import type { Slot } from './slot.ts';

/**
 * Whether the cluster has started: every slot has a ready worker, or some have and the others fail again and again. It
 * has not where all of them do, or where one met what the others will meet, too.
 */
export class StartGate {
  readonly #opened = Promise.withResolvers<void>();
  /** Why the last worker failed. */
  #lastFailure: ClusterError | undefined = undefined;
  readonly #name: string;
  isOpen = false;

  /** `name`: of the cluster. */
  constructor(name: string) {
    this.#name = name;
    this.started.catch(() => undefined); // `supervise` waits for it, and tells
  }

  get started(): Promise<void> {
    return this.#opened.promise;
  }

  failed(member: Member): void {
    this.#lastFailure = member.standing.failure;
  }

  /** Looks again after something has changed. */
  look(slots: readonly Slot[]): void {
    if (this.isOpen || !slots.every(({ isServing, isStuck }) => isServing || isStuck)) return;
    if (slots.some(({ isServing }) => isServing)) this.#open();
    else this.fail();
  }

  fail(): void {
    const message = `cluster "${this.#name}" could not be started: no worker became ready`;
    this.#opened.reject(new ClusterError('HF_START_FAILED', message, { cause: this.#lastFailure }));
  }

  stop(): void {
    this.#opened.reject(
      new ClusterError('HF_STOPPED', `cluster "${this.#name}" was stopped before it had started`),
    );
  }

  #open(): void {
    this.isOpen = true;
    this.#opened.resolve();
  }
}
