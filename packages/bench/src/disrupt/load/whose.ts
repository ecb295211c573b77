import type { Failure } from './ledger.ts';

/** Requests that failed as one worker was killed, by whether they were under way there. */
export interface Whose {
  /** On a connection that it had answered on: nobody else can answer there. */
  readonly own: number;
  /** The first on their connection, and sent by then: no client knows who had them. */
  readonly unknown: number;
  /** Everything else; nobody has to fail but those above. */
  readonly others: number;
}

/** From the signal to when the process runs no more. */
const DYING_MS = 25;

/** Sorts failures by whether the death of `victim` at that time explains them. */
export const whoseFailures = (
  failures: readonly Failure[],
  victim: string,
  killedAt: number,
): Whose => {
  const broken = failures.filter(({ ending }) => ending !== 'refused');
  const own = broken.filter(({ who }) => who === victim).length;
  const unknown = broken.filter(
    ({ who, sentAt }) => who === undefined && sentAt <= killedAt + DYING_MS,
  ).length;
  return { own, unknown, others: failures.length - own - unknown };
};
