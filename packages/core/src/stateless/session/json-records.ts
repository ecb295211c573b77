import { assertFunction, assertOptions } from '../../options/validate.ts';
import type { Key } from '../key.ts';
import { storeOf } from '../store-option.ts';
import { jsonOf, parseObject } from './json.ts';
import { recordSettings } from './record-settings.ts';
import { Records, textOf, type Format, type Found } from './records.ts';
import { saveMerged, type SaveRules, type Target } from './save-merged.ts';
import type {
  JsonObject,
  JsonRecords,
  JsonRecordsOptions,
  LoadedRecord,
  RecordLife,
  SavedRecord,
} from './types.ts';

const KNOWN = [
  ...['store', 'name', 'deadlineMs', 'strict', 'maxBytes', 'maxDepth'],
  ...['onConflict', 'clock', 'random'],
];

/** Nothing but the object. */
const PLAIN: Format<undefined> = {
  pack: (_, { json }) => Buffer.from(json),
  unpack: (_, bytes) => ({ meta: undefined, json: textOf(bytes) }),
};

/** Where no record was loaded. */
const NOTHING_YET = { base: undefined, version: undefined };

/** One record that is to be saved. */
class RecordTarget implements Target {
  readonly #records: Records<undefined>;
  readonly #key: Key;
  readonly #life: RecordLife;
  readonly #loaded: boolean;
  version: number | undefined;

  constructor(records: Records<undefined>, key: Key, life: RecordLife, version?: number) {
    this.#records = records;
    this.#key = key;
    this.#life = life;
    this.#loaded = version !== undefined;
    this.version = version;
  }

  async write(json: string): Promise<'ok' | 'conflict' | 'gone'> {
    const content = { meta: undefined, json };
    const written = await this.#records.write(this.#key, this.version, content, this.#life);
    if (typeof written === 'string') return written;
    this.version = written.version;
    return 'ok';
  }

  async reread(): Promise<string | undefined> {
    const found = await this.#records.read(this.#key);
    this.version = found?.version;
    // What was never loaded may be created still.
    return found?.content?.json ?? (this.#loaded ? undefined : '{}');
  }
}

class RecordsOfJson implements JsonRecords {
  readonly #records: Records<undefined>;
  readonly #rules: SaveRules;
  readonly #onConflict: ((parts: number) => void) | undefined;

  constructor(
    records: Records<undefined>,
    rules: SaveRules,
    onConflict: ((parts: number) => void) | undefined,
  ) {
    this.#records = records;
    this.#rules = rules;
    this.#onConflict = onConflict;
  }

  async load(
    key: Key,
    options: { readonly signal?: AbortSignal | undefined } = {},
  ): Promise<LoadedRecord | undefined> {
    const found = await this.#records.read(key, options.signal);
    return found && loadedOf(found);
  }

  async save(
    key: Key,
    loaded: LoadedRecord | undefined,
    data: JsonObject,
    life: RecordLife,
  ): Promise<SavedRecord | 'unchanged' | 'gone'> {
    const mine = jsonOf(data, this.#rules.limits);
    const { base, version } = loaded ?? NOTHING_YET;
    if (mine === base) return 'unchanged';
    const target = new RecordTarget(this.#records, key, life, version);
    const saved = await saveMerged(target, { base: base ?? '{}', mine }, this.#rules);
    if (saved === 'gone') return 'gone';
    if (saved.parts > 0) this.#onConflict?.(saved.parts);
    return {
      version: target.version ?? 0,
      data: saved.json === mine ? data : readBack(saved.json),
      base: saved.json,
      mine,
      ttlMs: life.ttlMs,
    };
  }
}

/** What we have just made of objects. */
const readBack = (json: string): JsonObject => parseObject(json) ?? Object.create(null);

const loadedOf = ({ version, ttlMs, content }: Found<undefined>): LoadedRecord | undefined => {
  const base = content?.json ?? '';
  const data = parseObject(base);
  return data && { version, data, base, ttlMs };
};

/** JSON objects in a store that several requests change at once; no change is lost without a word. */
export const jsonRecords = (options: JsonRecordsOptions): JsonRecords => {
  assertOptions('jsonRecords', options, KNOWN);
  assertFunction('onConflict', options.onConflict);
  const { deadlineMs, rules } = recordSettings(options);
  const records = new Records(storeOf(options.store, ['read', 'write']), PLAIN, deadlineMs);
  return new RecordsOfJson(records, rules, options.onConflict);
};
