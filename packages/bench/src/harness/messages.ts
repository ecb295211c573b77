import type { Costs, Round } from './duel.ts';
import type { Effort, Figures } from './suite.ts';

/** What the parent may ask a contestant's process, and what it is answered. */
export interface Answers {
  prepare: undefined;
  round: Round;
  costs: Costs;
  figures: Figures;
}

export interface Request {
  readonly ask: keyof Answers;
  readonly effort: Effort;
}

export type Reply =
  | { readonly ok: true; readonly answer: unknown }
  | { readonly ok: false; readonly problem: string };
