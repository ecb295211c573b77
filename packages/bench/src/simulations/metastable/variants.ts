import type { Pieces } from './stacks.ts';

export interface Variant {
  readonly name: string;
  readonly pieces: Pieces;
}

type Piece = 'budget' | 'breaker' | 'bulkhead' | 'deadline';

const CHOICES: Readonly<Record<Piece, Pieces>> = {
  budget: { budget: true },
  breaker: { breaker: true },
  bulkhead: { bulkhead: 'settled' },
  deadline: { deadline: 'passed on' },
};

const withPieces = (...names: readonly Piece[]): Variant => ({
  name: `retry + ${names.join(' + ')}`,
  pieces: Object.assign({ retry: true }, ...names.map((name) => CHOICES[name])) as Pieces,
});

export const BARE: Variant = { name: 'bare retry', pieces: { retry: true } };

/** What the issue promises to recover. */
export const ALL: Variant = {
  name: 'retry + all four',
  pieces: withPieces('budget', 'breaker', 'bulkhead', 'deadline').pieces,
};

/** Every combination of the four pieces, and what is worth a look beside them. */
export const VARIANTS: readonly Variant[] = [
  { name: 'timeout alone, no retry', pieces: {} },
  BARE,
  withPieces('budget'),
  withPieces('breaker'),
  withPieces('bulkhead'),
  { name: 'retry + bulkhead until finished', pieces: { retry: true, bulkhead: 'finished' } },
  withPieces('deadline'),
  { name: 'retry + deadline, not passed on', pieces: { retry: true, deadline: 'kept to oneself' } },
  withPieces('budget', 'breaker'),
  withPieces('budget', 'bulkhead'),
  withPieces('budget', 'deadline'),
  withPieces('breaker', 'bulkhead'),
  withPieces('breaker', 'deadline'),
  withPieces('bulkhead', 'deadline'),
  withPieces('budget', 'breaker', 'bulkhead'),
  withPieces('budget', 'breaker', 'deadline'),
  withPieces('budget', 'bulkhead', 'deadline'),
  withPieces('breaker', 'bulkhead', 'deadline'),
  ALL,
];
