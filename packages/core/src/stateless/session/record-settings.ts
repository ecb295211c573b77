import { clockOf, randomOf } from '../../options/time-and-chance.ts';
import { booleanOf, given, nameOf, numberIn } from '../../options/validate.ts';
import { Pauses } from './pauses.ts';
import type { SaveRules } from './save-merged.ts';
import type { RecordOptions } from './types.ts';

/** Options of records, checked. */
export interface RecordSettings {
  readonly deadlineMs: number;
  readonly rules: SaveRules;
}

/** Three years. */
export const LONGEST_MS = 1e11;

/** Checks what sessions and JSON records have in common. */
export const recordSettings = (options: RecordOptions): RecordSettings => {
  const { name, deadlineMs, strict, maxBytes, maxDepth, clock, random } = options;
  return {
    deadlineMs: numberIn('deadlineMs', given(deadlineMs, 50), { above: 0, max: LONGEST_MS }),
    rules: {
      limits: {
        name: nameOf('name', given(name, 'session')),
        maxBytes: numberIn('maxBytes', given(maxBytes, 16_384), { min: 2, whole: true }),
        maxDepth: numberIn('maxDepth', given(maxDepth, 16), { min: 1, whole: true }),
      },
      strict: booleanOf('strict', given(strict, false)),
      pauses: new Pauses(clockOf(clock), randomOf(random)),
    },
  };
};
