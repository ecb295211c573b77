import type { Failure } from './ledger.ts';

/** Requests that failed as one worker was killed, by whether they were under way there. */
export interface Whose {
  /** On a connection that it had answered on. */
  readonly own: number;
  /** The first on their connection, and sent by then: no client knows who had them. */
  readonly unknown: number;
  /** Everything else; nobody has to fail but those above. */
  readonly others: number;
}

/** A process that is killed takes its time to be gone. */
const DYING_MS = 25;

/** Sorts failures by whether the death of `victim` at that time explains them. */
export const whoseFailures = (
  failures: readonly Failure[],
  victim: string,
  killedAt: number,
): Whose => {
  const explained = failures.filter(
    ({ ending, sentAt }) => ending !== 'refused' && sentAt <= killedAt + DYING_MS,
  );
  const own = explained.filter(({ who }) => who === victim).length;
  const unknown = explained.filter(({ who }) => who === undefined).length;
  return { own, unknown, others: failures.length - own - unknown };
};
