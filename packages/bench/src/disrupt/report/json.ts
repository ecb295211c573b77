import { isHeld } from '../../faults/finding.ts';
import type { Outcome } from './outcome.ts';

/** Everything the tables say, as one document. */
export const jsonReport = (
  head: { readonly quick: boolean; readonly rounds: number },
  outcomes: readonly Outcome[],
): string => {
  const scenarios = outcomes.map(({ findings, ...outcome }) => ({
    ...outcome,
    findings: findings.map((finding) => ({ ...finding, holds: isHeld(finding) })),
  }));
  return JSON.stringify({ ...head, scenarios }, null, 2);
};
