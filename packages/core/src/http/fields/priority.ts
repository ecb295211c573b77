import { assertOptions, booleanOf, given, numberIn } from '../../options/validate.ts';
import { dictionaryOf } from './structured.ts';

/** How soon a response is wanted (RFC 9218). */
export interface Priority {
  /** From 0, the most urgent, to 7; 3 where nothing is said. */
  readonly urgency: number;
  /** Whether parts of the response are of use before all of it is there; false where nothing is said. */
  readonly incremental: boolean;
}

const DEFAULT_URGENCY = 3;
const LEAST_URGENT = 7;

const isUrgency = (value: unknown): value is number =>
  typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= LEAST_URGENT;

/**
 * Reads a `Priority` field (RFC 9218, 4). Parameters that are unknown, out of range or of another type
 * are left aside; a field that is missing, malformed or longer than 2,048 characters says nothing, so
 * that the defaults hold. Never throws. Anybody may ask to be served first: believe only callers you
 * trust.
 */
export const parsePriority = (value: string | undefined): Priority => {
  const fields = dictionaryOf(value);
  const urgency = fields.get('u')?.[0];
  const incremental = fields.get('i')?.[0];
  return {
    // A minus in front of a 0 is allowed, and gone with the addition.
    urgency: isUrgency(urgency) ? urgency + 0 : DEFAULT_URGENCY,
    incremental: incremental === true,
  };
};

/**
 * The value of a `Priority` field, such as `u=1, i`. Throws `TypeError` or `RangeError` for anything but
 * a whole urgency from 0 to 7 (default 3) and a boolean `incremental` (default false).
 */
export const formatPriority = (priority: Partial<Priority>): string => {
  assertOptions('formatPriority', priority, ['urgency', 'incremental']);
  const urgency = numberIn('urgency', given(priority.urgency, DEFAULT_URGENCY), {
    min: 0,
    max: LEAST_URGENT,
    whole: true,
  });
  const incremental = booleanOf('incremental', given(priority.incremental, false));
  return incremental ? `u=${urgency}, i` : `u=${urgency}`;
};
