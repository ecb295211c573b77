import { unheard } from '../../options/thenable.ts';
import { assertFunction, numberIn, wrongType } from '../../options/validate.ts';
import type { KeyedRegistry } from '../../registry/types.ts';
import type { OfRequest } from './types.ts';

/** Options of a guard that keeps something for each key. */
export interface KeyOptions<Subject extends readonly unknown[]> {
  /** What a request counts under; null for one that the guard leaves alone. Keys never become labels. */
  readonly key?: OfRequest<Subject, string | null> | undefined;
  /** How many keys have a policy of their own; those beyond share one that refuses nobody. Default 1,000. */
  readonly maxKeys?: number | undefined;
}

/** The function of a user that names the key of a request, checked; undefined without one. */
export const givenKeyOf = <Subject extends readonly unknown[]>({
  key,
}: Pick<KeyOptions<Subject>, 'key'>): ((subject: Subject) => string | null) | undefined => {
  assertFunction('key', key);
  if (key === undefined) return undefined;
  return (subject) => {
    const found: unknown = key(...subject);
    if (found !== null && typeof found !== 'string')
      throw wrongType('key()', unheard(found), 'a string, or null to leave the request alone');
    return found;
  };
};

export const maxKeysOf = (maxKeys: number | undefined): number | undefined =>
  maxKeys === undefined ? undefined : numberIn('maxKeys', maxKeys, { min: 1, whole: true });

/** What a registry has for a request; undefined for one that is left alone. */
export const entriesOf =
  <Subject extends readonly unknown[], Entry extends Disposable>(
    key: (subject: Subject) => string | null,
    registry: KeyedRegistry<Entry>,
  ): ((subject: Subject) => Entry | undefined) =>
  (subject) => {
    const found = key(subject);
    return found === null ? undefined : registry.get(found);
  };
