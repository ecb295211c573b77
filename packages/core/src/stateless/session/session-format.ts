import type { KeyRing } from './key-ring.ts';
import { parseObject } from './json.ts';
import { textOf, type Format } from './records.ts';
import { isSealed, seal, unseal } from './seal.ts';
import type { JsonObject } from './types.ts';

/** Whose a record is. */
export interface Owner {
  /** What stands for the user in the cookie; undefined before a log-in. */
  readonly tag?: string | undefined;
  /** The version of the user's epoch at log-in; 0 where there was none. */
  readonly epoch: number;
}

/** A session. */
export interface LiveMeta extends Owner {
  readonly kind: 'live';
  readonly user?: string | undefined;
  /** Time of day. */
  readonly createdAt: number;
}

/** An old id: for requests that come with it for a while, for those under way longer. */
export interface AliasMeta extends Owner {
  readonly kind: 'alias';
  /** It leads newcomers while it lives on for longer than this: by the clock of the store. */
  readonly lateMs: number;
  /** The id that came after it. */
  readonly to: string;
  /** Whether that came with a log-in: then only what stands here may be read, which is from before. */
  readonly login: boolean;
}

/** A session that was ended: whoever loaded it before must not write it. */
export interface EndedMeta {
  readonly kind: 'ended';
}

export type SessionMeta = LiveMeta | AliasMeta | EndedMeta;

export const ENDED: EndedMeta = { kind: 'ended' };

const isText = (value: unknown): value is string => typeof value === 'string';
const isMaybeText = (value: unknown): value is string | undefined =>
  value === undefined || isText(value);
const isNumber = (value: unknown): value is number => typeof value === 'number';

const aliasOf = (record: JsonObject): AliasMeta | undefined => {
  const { lateMs, to, login, tag, epoch } = record;
  const complete = isNumber(lateMs) && isText(to) && isMaybeText(tag) && isNumber(epoch);
  return complete ? { kind: 'alias', lateMs, to, login: login === true, tag, epoch } : undefined;
};

const liveOf = (record: JsonObject): LiveMeta | undefined => {
  const { user, tag, epoch, createdAt } = record;
  const complete = isMaybeText(user) && isMaybeText(tag) && isNumber(epoch) && isNumber(createdAt);
  return complete ? { kind: 'live', user, tag, epoch, createdAt } : undefined;
};

/** Others may write to the store, too. */
const metaOf = (line: string): SessionMeta | undefined => {
  const record = parseObject(line);
  switch (record?.['kind']) {
    case 'live':
      return liveOf(record);
    case 'alias':
      return aliasOf(record);
    case 'ended':
      return ENDED;
    default:
      return undefined;
  }
};

/** Two lines of JSON, what it is and what it holds: so the second is there to compare as it was read. */
export const sessionFormat = (ring: KeyRing, encrypt: boolean): Format<SessionMeta> => ({
  pack: (key, { meta, json }) => {
    const text = `${JSON.stringify(meta)}\n${json}`;
    return encrypt ? seal(ring, key, text) : Buffer.from(text);
  },
  unpack: (key, bytes) => {
    // What stands there unsealed could have been put there by anybody who can write to the store.
    if (encrypt && !isSealed(bytes)) return undefined;
    const text = isSealed(bytes) ? unseal(ring, key, bytes) : textOf(bytes);
    const [first = '', json] = text?.split('\n', 2) ?? [];
    const meta = metaOf(first);
    return meta === undefined || json === undefined ? undefined : { meta, json };
  },
});
