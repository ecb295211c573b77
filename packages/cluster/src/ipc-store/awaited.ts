import { StoreError, type StoreFailure } from '@holdfast/core/stateless';
import type { ReadAnswer } from './wire/answers.ts';
import type { FrameReader } from './wire/frame-reader.ts';

/** An answer that is to come, whatever it will be; the next one comes after it. */
export interface Waiting {
  next: Waiting | undefined;
  settle(from: FrameReader, begin: number): void;
  fail(failure: StoreFailure): void;
}

/** The answer to one operation. */
export class Awaited<T> implements Waiting {
  next: Waiting | undefined = undefined;
  readonly #store: string;
  readonly #read: ReadAnswer<T>;
  readonly #caller: PromiseWithResolvers<T> = Promise.withResolvers<T>();

  /** `store` stands in errors. */
  constructor(store: string, read: ReadAnswer<T>) {
    this.#store = store;
    this.#read = read;
  }

  get promise(): Promise<T> {
    return this.#caller.promise;
  }

  /** Throws where what was read is no answer to it; then it still waits. */
  settle(from: FrameReader, begin: number): void {
    this.#caller.resolve(this.#read(from, begin));
  }

  fail(failure: StoreFailure): void {
    this.#caller.reject(new StoreError(this.#store, failure));
  }
}
