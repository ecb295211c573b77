import { FIELD_TARGETS } from './field-targets.ts';
import { ORIGIN_TARGETS } from './origin-targets.ts';
import type { Target } from './target.ts';
import { TIME_TARGETS } from './time-targets.ts';

/** Every parser of a field that a stranger may have written. */
export const TARGETS: readonly Target[] = [...ORIGIN_TARGETS, ...FIELD_TARGETS, ...TIME_TARGETS];
