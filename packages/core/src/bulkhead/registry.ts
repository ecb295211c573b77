import { given, nameOf } from '../options/validate.ts';
import { keyedRegistry } from '../registry/keyed-registry.ts';
import type { KeyedRegistry } from '../registry/types.ts';
import { bulkhead } from './bulkhead.ts';
import type { Bulkhead, BulkheadOptions } from './types.ts';

/** As many as there is room for: strangers that share it take no slot from one another. */
const OVERFLOW_CONCURRENCY = Number.MAX_SAFE_INTEGER;

/**
 * Bulkheads by key, all alike and of one name, at most `maxKeys` (default 1,000). Those with nobody inside
 * make room; where none is left, newcomers share one that refuses nobody. Throws `TypeError` or
 * `RangeError` for a wrong option.
 */
export const bulkheadRegistry = (
  options: BulkheadOptions & { readonly name: string },
  maxKeys: number | undefined,
): KeyedRegistry<Bulkhead> => {
  // Wrong options are to throw now and not at the first request.
  bulkhead(options)[Symbol.dispose]();
  return keyedRegistry({
    name: nameOf('name', options.name),
    clock: options.clock,
    maxEntries: given(maxKeys, 1_000),
    create: () => bulkhead(options),
    overflow: () => bulkhead({ ...options, concurrency: OVERFLOW_CONCURRENCY }),
    spare: (entry) => (entry.snapshot().inFlight === 0 ? 'now' : 'never'),
  });
};
