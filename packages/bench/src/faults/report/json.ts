import { isHeld } from '../finding.ts';
import type { Outcome } from './outcome.ts';

/** Everything the tables say, as one document. */
export const jsonReport = (
  head: { readonly redis: string; readonly quick: boolean },
  outcomes: readonly Outcome[],
): string => {
  const faults = outcomes.map(({ findings, ...fault }) => ({
    ...fault,
    findings: findings.map((finding) => ({ ...finding, held: isHeld(finding) })),
  }));
  return JSON.stringify({ ...head, node: process.versions.node, faults }, null, 2);
};
