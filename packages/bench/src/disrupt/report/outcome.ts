import { isHeld } from '../../faults/finding.ts';
import type { Shown } from '../scenario.ts';

/** A scenario with what it showed on one Node. */
export interface Outcome extends Shown {
  readonly id: string;
  readonly title: string;
  readonly node: string;
  readonly seconds: number;
}

/** Whether everything that was promised holds. */
export const isSound = ({ findings }: Pick<Outcome, 'findings'>): boolean =>
  findings.every((finding) => isHeld(finding) !== false);
