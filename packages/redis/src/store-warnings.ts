import type { Clock } from '@holdfast/core';
import type { RedisDriver } from './drivers/driver.ts';
import { findingsOf } from './server-checks.ts';

/** What the operator of a store should know: each thing once as a process warning, and for good in `health`. */
export class StoreWarnings {
  readonly #store: string;
  readonly #ofCode = new Map<string, string>();

  constructor(store: string) {
    this.#store = store;
  }

  get all(): readonly string[] {
    return [...this.#ofCode.values()];
  }

  /** Nobody waits for it. What a server does not tell, as its ACL forbids it, cannot be checked. */
  async check(driver: RedisDriver, clock: Clock): Promise<void> {
    const asked = clock.wallNow();
    try {
      const infos = await driver.infos();
      const asOf = { asked, answered: clock.wallNow() };
      for (const info of infos) {
        for (const { code, message } of findingsOf(info, asOf)) this.#add(code, message);
      }
    } catch {
      // It is for the operator, and no operation fails for it.
    }
  }

  /** The server has answered that it lets nobody subscribe. */
  addDeaf(error: unknown): void {
    const reason = error instanceof Error ? error.message : String(error);
    this.#add('HF_REDIS_WATCH', `cannot subscribe, so that waiting takes longer: ${reason}`);
  }

  #add(code: string, message: string): void {
    if (this.#ofCode.has(code)) return;
    this.#ofCode.set(code, message);
    const type = 'HoldfastWarning';
    process.emitWarning(`store "${this.#store}": ${message}`, { code, type });
  }
}
