import { wrongType } from '@holdfast/core/adapter';

/** Options that a set of policies has for all of them at once. */
export type Shared = 'name' | 'key' | 'maxKeys' | 'clock' | 'random';

const SHARED: readonly Shared[] = ['name', 'key', 'maxKeys', 'clock', 'random'];

const PARTS = ['deadline', 'retry', 'breaker', 'rateLimit', 'bulkhead', 'timeout'] as const;

type Parts = Readonly<Partial<Record<(typeof PARTS)[number], unknown>>>;

/** Throws unless each policy of a set has options of its own, or is `false`, or is not named. */
export const assertParts = (options: Parts): void => {
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
