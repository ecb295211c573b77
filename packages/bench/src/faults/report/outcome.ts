import { isHeld, type Finding } from '../finding.ts';

/** A fault with what it showed. */
export interface Outcome {
  readonly id: string;
  readonly title: string;
  readonly seconds: number;
  readonly findings: readonly Finding[];
}

/** Whether all its promises were kept, and there is something to be seen. */
export const isSound = ({ findings }: Outcome): boolean =>
  findings.length > 0 && findings.every((finding) => isHeld(finding) !== false);
