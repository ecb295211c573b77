import { assertOptions, given, numberIn, wrongType } from '@holdfast/core/adapter';

/** Options that a set of policies has for all of them at once. */
export type Shared = 'name' | 'key' | 'maxKeys' | 'clock' | 'random';

const SHARED: readonly Shared[] = ['name', 'key', 'maxKeys', 'clock', 'random'];

const PARTS = ['deadline', 'retry', 'breaker', 'rateLimit', 'bulkhead', 'timeout'] as const;

type Parts = Readonly<Partial<Record<(typeof PARTS)[number], unknown>>>;

/**
 * Checks the options of a set, `standard`'s or those of a wrapped call: each policy has options of its
 * own, or is `false`, or is not named.
 */
export const assertSet = (where: string, options: Parts): void => {
  assertOptions(where, options, [...SHARED, ...PARTS]);
  for (const name of PARTS) {
    const part = options[name];
    if (part !== false && part !== undefined) assertPart(name, part);
  }
};

const assertPart = (name: string, part: unknown): void => {
  if (typeof part !== 'object' || part === null || Array.isArray(part))
    throw wrongType(name, part, 'options or false');
  for (const shared of SHARED) {
    const value: unknown = Reflect.get(part, shared);
    if (value !== undefined)
      throw wrongType(`${name}.${shared}`, value, 'nothing: it is given for all policies at once');
  }
};

const DEADLINE_MS = 30_000;

/** The deadline of a set. Checked before the default timeout is held against it. */
export const deadlineMsOf = (deadline: { readonly deadlineMs?: number | undefined }): number =>
  numberIn('deadlineMs', given(deadline.deadlineMs, DEADLINE_MS), { above: 0 });
