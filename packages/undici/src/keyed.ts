import { assertFunction, wrongType, type KeyedRegistry } from '@holdfast/core/adapter';
import { originOf } from './request.ts';

/** What a key is made from. */
export interface KeyedRequest {
  readonly origin?: string | URL;
  readonly path: string;
  readonly method: string;
}

/** Options of every policy that each origin has of its own. */
export interface KeyOptions {
  /**
   * What a request is counted under; null for a request that the policy leaves alone. Default: its
   * origin. Keys never become labels.
   */
  readonly key?: ((request: KeyedRequest) => string | null) | undefined;
  /** How many keys have a policy of their own; those beyond share one that refuses nobody. Default 1,000. */
  readonly maxKeys?: number | undefined;
}

export const KEY_OPTIONS = ['key', 'maxKeys'] as const;

export const DEFAULT_MAX_KEYS = 1_000;

/** Looks up what a registry has for a request; undefined for one that is left alone. */
export const entriesOf = <Entry extends Disposable>(
  options: KeyOptions,
  registry: KeyedRegistry<Entry>,
): ((request: KeyedRequest) => Entry | undefined) => {
  const keyFor = keyOf(options);
  return (request) => {
    const key = keyFor(request);
    return key === null ? undefined : registry.get(key);
  };
};

/** The function that names the key of a request, checked. */
export const keyOf = ({ key }: KeyOptions): ((request: KeyedRequest) => string | null) => {
  assertFunction('key', key);
  if (key === undefined) return originOf;
  return (request) => {
    const found: unknown = key(request);
    if (found !== null && typeof found !== 'string')
      throw wrongType('key()', found, 'a string, or null to leave the request alone');
    return found;
  };
};
