import type { Key } from '../key.ts';
import type { Operation, Store } from '../store.ts';
import type { RecordLife } from './types.ts';

/** What a record is made of. */
export interface Content<Meta> {
  readonly meta: Meta;
  readonly json: string;
}

/** How a record becomes bytes, and back; undefined for bytes that are none of ours. */
export interface Format<Meta> {
  pack(key: Key, content: Content<Meta>): Uint8Array;
  unpack(key: Key, bytes: Uint8Array): Content<Meta> | undefined;
}

/** Bytes of a store as text, without a copy of them. */
export const textOf = ({ buffer, byteOffset, byteLength }: Uint8Array): string =>
  Buffer.from(buffer, byteOffset, byteLength).toString();

/** A record as it stands in the store. */
export interface Stored<Meta> extends Content<Meta> {
  readonly version: number;
  readonly ttlMs: number;
}

/** A record that was read, whose bytes need not be any of ours. */
export interface Found<Meta> {
  readonly version: number;
  readonly ttlMs: number;
  readonly content: Content<Meta> | undefined;
}

/** Records of one format in a store. */
export class Records<Meta> {
  readonly #store: Store;
  readonly #format: Format<Meta>;
  readonly #operation: Operation;

  constructor(store: Store, format: Format<Meta>, deadlineMs: number) {
    this.#store = store;
    this.#format = format;
    this.#operation = { deadlineMs };
  }

  async read(key: Key, signal?: AbortSignal): Promise<Found<Meta> | undefined> {
    const { deadlineMs } = this.#operation;
    const operation = signal === undefined ? this.#operation : { deadlineMs, signal };
    const found = await this.#store.read(key, operation);
    if (found === undefined) return undefined;
    const { version, ttlMs, data } = found;
    return { version, ttlMs, content: this.#format.unpack(key, data) };
  }

  /** Writes over one version, or only where there is none. */
  async write(
    key: Key,
    version: number | undefined,
    content: Content<Meta>,
    life: RecordLife,
  ): Promise<Stored<Meta> | 'conflict' | 'gone'> {
    const data = this.#format.pack(key, content);
    const mode = version === undefined ? 'create' : 'cas';
    const written = await this.#store.write(key, { mode, version, data, ...life }, this.#operation);
    if (!written.ok) return written.reason;
    return { ...content, version: written.version, ttlMs: life.ttlMs };
  }
}
